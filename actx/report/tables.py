"""Results as text: sheets and tables that fit 80 columns and use more where there is more."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType

from actx.analysis.results import Comparison, Exploration, Fit, KinkReport
from actx.benching.results import Bench
from actx.finetuning.results import Finetuning
from actx.morphing.results import Morph
from actx.report.bench import bench
from actx.report.certainty import Certainty
from actx.report.comparison import comparison
from actx.report.exploration import exploration, kink_report
from actx.report.finetuned import finetuning
from actx.report.fitted import fit
from actx.report.morphing import morph
from actx.report.searched import search
from actx.searching.results import SearchResult


def sheet(result: object, *, proofs: bool = False) -> Iterator[RenderableType]:
    """The text form of any result. Raises TypeError for what is none.

    proofs: whether proofs were asked for; then what is not proven is marked.
    """
    certainty = Certainty(proofs)
    match result:
        case Exploration():
            return exploration(result, certainty)
        case Comparison():
            return comparison(result, certainty)
        case KinkReport():
            return kink_report(result, certainty)
        case Fit():
            return fit(result)
        case SearchResult():
            return search(result)
        case Bench():
            return bench(result)
        case Morph():
            return morph(result, certainty)
        case Finetuning():
            return finetuning(result)
    raise TypeError(f"{type(result).__name__} has no text form")
