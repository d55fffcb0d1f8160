"""Results as text: sheets and tables that fit 80 columns and use more where there is more."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from rich.console import RenderableType

from actx.core.views import Shown
from actx.present.sheets.certainty import Certainty

# Of each kind of result: the module that writes it and the function there, and whether that marks
# what is not proven. Only the one that is needed is imported.
_WRITERS: dict[str, tuple[str, str, bool]] = {
    "Exploration": ("exploration", "exploration", True),
    "Comparison": ("comparison", "comparison", True),
    "Explorer": ("explored", "explorer", True),
    "KinkReport": ("exploration", "kink_report", True),
    "BestTable": ("tabled", "tabled", False),
    "TableSizes": ("tabled", "sizes", False),
    "IntegerTable": ("looked_up", "looked_up", False),
    "FixedTable": ("looked_up", "in_pieces", False),
    "Fit": ("fitted", "fit", True),
    "SearchResult": ("searched", "search", False),
    "Bench": ("bench", "bench", False),
    "Morph": ("morphing", "morph", True),
    "Finetuning": ("finetuned", "finetuning", False),
    "ModelReport": ("network", "network", False),
}


def sheet(result: Shown) -> Iterator[RenderableType]:
    """The text form of a result; what is not proven is marked where proofs were asked for.

    Raises TypeError for what has none.
    """
    kind = type(result).__name__
    if kind not in _WRITERS:
        raise TypeError(f"{kind} has no text form")
    module, function, marks = _WRITERS[kind]
    write = getattr(import_module(f"actx.present.sheets.{module}"), function)
    written: Iterator[RenderableType] = write(
        result, *([Certainty(result.proofs)] if marks else [])
    )
    return written
