"""What the picture of a result shows: its formulas, sampled again, or the numbers that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from actx.analysis.sampling import sample
from actx.calculus.formula import Formula, read_formula
from actx.core.domain import Domain
from actx.core.errors import UsageError
from actx.core.views import Shown
from actx.present.pictures import (
    Drawing,
    Format,
    curves_drawn,
    experiment_drawn,
    front_drawn,
    morph_drawn,
    places_drawn,
    table_drawn,
)
from actx.registry import load_registry
from actx.studies.morph.curves import scene

_EACH = 33  # samples of a piece of a table
_MOST_TICKS = 600  # of entries of a table of integers
_DIGITS = 6  # of the coefficients in the name of a fitted formula


def drawing(result: Shown, view: Domain | None = None, *, moving: bool = False) -> Drawing:
    """The picture of a result.

    view: the part of the x axis, None for where the curves bend. moving: whether steps follow each
    other in a picture of a morph. Raises PictureError and UsageError where there is none.
    """
    known: Any = result
    match type(result).__name__:
        case "SearchResult" | "Bench" | "TableSizes":
            return front_drawn(known)
        case "BestTable":
            return _table(known)
        case "IntegerTable":
            return _integers(known)
        case "FixedTable":
            return _fixed(known)
        case "Finetuning":
            return experiment_drawn(known)
        case "ModelReport":
            return places_drawn(known)
        case "Morph":
            ends = formulas_of(result)[0]
            steps = None if moving else len(known.steps) - 1
            return morph_drawn(
                scene(
                    ends[0], ends[1], known.schedule, steps=steps, layers=known.layers,
                    domain=Domain.of(known.domain), view=view,
                )
            )  # fmt: skip
    families = {entry.name: entry.family for entry in load_registry().entries}
    formulas, target = formulas_of(result)
    return curves(formulas, target, Domain.of(known.domain), view, families)


def _table(result: Any) -> Drawing:
    """The error of a table between its knots."""
    import numpy as np

    from actx.calculus.values import evaluate
    from actx.fitting.tables.results import pieces_in_words
    from actx.present.pictures.tabled import Scene

    parts = [np.linspace(0.0, 1.0, _EACH)] * result.segments
    lo, hi = np.array(result.knots[:-1]), np.array(result.knots[1:])
    u = np.stack(parts) * (hi - lo)[:, None]
    x = (lo[:, None] + u).ravel()
    rows = np.array(result.coefficients)
    y = sum(rows[:, k, None] * u**k for k in range(rows.shape[1]))
    error = np.ravel(y) - evaluate(read_formula(result.formula).bound, x)
    kind = pieces_in_words(result.segments, result.degree, result.smooth)
    bound = result.bound.lower if result.bound.by != "none" else 0.0
    sure = result.max_error.proven
    return table_drawn(
        Scene(result.name, kind, x, error, result.knots, result.bound.upper, sure, bound)
    )


def _integers(result: Any) -> Drawing:
    """The error of a table of integers at every input, with a tick where an entry begins."""
    import numpy as np

    from actx.present.pictures.tabled import Scene

    x, error = _at_inputs(result, result.input.numbers, result.outputs)
    begins = x[np.flatnonzero(np.diff(result.rule.index, prepend=-1))]
    ticks = [*begins.tolist(), float(x[-1])] if begins.size <= _MOST_TICKS else [x[0], x[-1]]
    kind = f"{len(result.integers)} entries of {result.entries.name}"
    reached = result.reached.error[1]
    return table_drawn(
        Scene(
            result.name, kind, x, error, [float(t) for t in ticks], reached, True, result.bound,
            "no entries are",
        )
    )  # fmt: skip


def _fixed(result: Any) -> Drawing:
    """The same of a table of pieces, over the inputs that count, with a tick where one begins."""
    from actx.present.pictures.tabled import Scene

    first, last = (q - result.input.lowest for q in result.counted)
    part = slice(first, last + 1)
    x, error = _at_inputs(result, result.input.numbers[part], result.outputs[part])
    begins = [start * result.input.scale for start in result.starts]
    ticks = [float(x[0]), *(b for b in begins if x[0] < b < x[-1]), float(x[-1])]
    kind = f"{result.kind}, {result.output.name}"
    return table_drawn(Scene(result.name, kind, x, error, ticks, result.reached.error[1], True, 0))


def _at_inputs(result: Any, x: Any, outputs: Any) -> tuple[Any, Any]:
    """Inputs as numbers, and how far outputs for these are from the function."""
    import numpy as np

    from actx.calculus.values import evaluate

    y = (outputs - result.output.zero) * result.output.scale
    return x, y - np.broadcast_to(evaluate(read_formula(result.formula).bound, x), x.shape)


def is_moving(path: str | Path) -> bool:
    """Whether a file is of a picture that moves."""
    return Path(path).suffix.lower() == f".{Format.GIF}"


def curves(
    formulas: Sequence[Formula],
    target: Formula | None,
    domain: Domain,
    view: Domain | None,
    families: Mapping[str, str],
    *,
    forgiving: bool = False,
) -> Drawing:
    """Formulas as curves, with their errors against a target where there is one.

    families: registry name to family. forgiving: a formula that cannot be analysed is left out.
    """
    others = formulas if target is not None else formulas[1:]
    goal = target if target is not None else formulas[0]
    drawn, last, span = sample(others, goal, domain, view, families, forgiving=forgiving)
    if target is None:
        return curves_drawn([last, *drawn], None, span)
    return curves_drawn(drawn, last, span)


def formulas_of(result: Shown) -> tuple[list[Formula], Formula | None]:
    """The formulas of a result, and their target where they have one. Raises UsageError."""
    known: Any = result
    formulas: list[tuple[str, str]] = []
    match type(result).__name__:
        case "Comparison" | "Bench":
            formulas = [(row.name, row.formula) for row in known.rows]
        case "SearchResult":
            formulas = [(found.name, found.formula) for found in known.front]
        case "Morph" | "Finetuning":
            formulas = [(known.from_, known.from_formula), (known.to, known.to_formula)]
        case "Exploration":
            formulas = [(known.name, known.formula)]
        case "KinkReport" | "Export":
            formulas = [(known.formula, known.formula)]
        case "Fit":
            from actx.present.sheets.searched import with_digits

            formulas = [(with_digits(known.formula, _DIGITS), known.formula)]
    if not formulas:
        raise UsageError(f"A {type(result).__name__} has no formula that could be drawn.")
    text = getattr(known, "target_formula", None)
    return [_named(*each) for each in formulas], _named(known.target, text) if text else None


def _named(name: str, text: str) -> Formula:
    """A formula of a result, whose text needs no registry."""
    return replace(read_formula(text), name=name)
