"""Curves, their errors and derivatives in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from actx.api.asking import DEFAULT_TARGET, DomainLike, domain_of, view_of
from actx.api.drawing import curves, drawing, formulas_of, is_moving
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, read_formulas
from actx.core.alone import alone
from actx.core.domain import WHOLE_LINE, Domain
from actx.core.errors import UsageError
from actx.core.views import Pictured, Shown
from actx.present.pictures import Drawing
from actx.present.pictures.output import MOVING_PICTURES, PICTURES, check_output
from actx.registry import Registry, load_registry
from actx.studies.morph.results import Morph

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@alone()
def plot(
    *shown: str | Formula | Shown,
    ax: Axes | Sequence[Axes] | None = None,
    output: str | Path | None = None,
    all: bool = False,
    view: DomainLike | None = None,
    width: str | float | None = None,
    target: str | Formula | None = None,
    domain: DomainLike | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
) -> Figure:
    """Curves over each other, their errors against the target, and their derivatives.

    shown: formulas, and results, of which the formulas are drawn; one result alone is drawn as by
    its `plot`. ax: axes to draw the curves into, with a legend; of several axes, the second takes
    the errors and the third the derivatives. output: a .png, .svg or .pdf file to write as well,
    whole or not at all. all: the whole registry as well. view: the part of the x axis to draw, None
    for where the curves bend. width: for print, "column", "page" (both columns) or a number of mm,
    with letters to match. target: that of the results, else mish. domain: that of the results,
    else the whole line. pyplot and its settings are left alone. Raises PictureError, and otherwise
    as `show`.
    """
    span = view_of(view)
    single = len(shown) == 1 and not all and target is None and domain is None
    result = shown[0] if single else None
    if output is not None:
        check_output(output, MOVING_PICTURES if isinstance(result, Morph) else PICTURES)
    if isinstance(result, Pictured):
        drawn = drawing(result, span, moving=output is not None and is_moving(output))
    else:
        known = registry or load_registry()
        drawn = _together(shown, known, all, target, domain, span, set)
    if width is not None:
        drawn = drawn.of_width(width)
    if output is None:
        return drawn.figure() if ax is None else drawn.into(ax)
    figure = drawn.write(output)
    if ax is not None:
        return drawn.into(ax)
    return drawn.figure() if figure is None else figure


def _together(
    shown: Sequence[str | Formula | Shown],
    known: Registry,
    all: bool,
    target: str | Formula | None,
    domain: DomainLike | None,
    view: Domain | None,
    set: Values | None,
) -> Drawing:
    """Formulas, and those of results, as curves over each other."""
    results = [each for each in shown if isinstance(each, Shown)]
    named = [each for each in shown if not isinstance(each, Shown)]
    given: list[str | Formula] = []
    for each in shown:
        given += formulas_of(each)[0] if isinstance(each, Shown) else [each]
    given += [entry.name for entry in known.entries] if all else []
    if not given:
        raise UsageError("plot takes at least one formula or result, or all.")
    targets = [found for each in results if (found := formulas_of(each)[1]) is not None]
    usual = DEFAULT_TARGET if named or all else None
    goal: str | Formula | None = target or (targets[0] if targets else usual)
    read = read_formulas([*given, *([] if goal is None else [goal])], set, known)
    if domain is None:
        domains = [Domain.of(d) for each in results if (d := getattr(each, "domain", None))]
        domain = domains[0] if domains else WHOLE_LINE
    families = {entry.name: entry.family for entry in known.entries}
    count = len(given)
    last = read[count] if goal is not None else None
    return curves(read[:count], last, domain_of(domain), view, families, forgiving=all)
