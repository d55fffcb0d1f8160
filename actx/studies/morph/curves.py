"""The blends of two formulas as samples for pictures."""

from __future__ import annotations

from collections.abc import Iterable

from actx.analysis.curves import Curve
from actx.analysis.sampling import sample
from actx.calculus.formula import Formula
from actx.core.domain import Domain
from actx.core.schedule import Schedule
from actx.studies.morph.blends import blend, steps_of
from actx.studies.morph.scene import MorphScene

_FRAMES = 30  # of a picture that moves, beside the first
_LINE = 200  # places that the line of a schedule is drawn through


def scene(
    from_: Formula,
    to: Formula,
    schedule: Schedule,
    *,
    steps: int | None,
    layers: int,
    domain: Domain,
    view: Domain | None,
) -> MorphScene:
    """What a picture of a morph shows.

    steps: as of `actx.studies.morph.blends.morph`; None for as many as a picture that moves has.
    view: None for where the curves bend. Raises AnalysisError, and DomainError where view and
    domain have nothing in common.
    """
    shown = steps_of(schedule, _FRAMES if steps is None else steps, layers)
    curves, span = _curves(from_, to, (t for step in shown for t in step.t), domain, view)
    line = steps_of(schedule, _LINE, layers)
    return MorphScene((from_.name, to.name), curves, shown, line, span)


def _curves(
    from_: Formula, to: Formula, ts: Iterable[float], domain: Domain, view: Domain | None
) -> tuple[dict[float, Curve], tuple[float, float]]:
    """The curve of the blend for each t, with those for t = 0 and 1, and the view of all."""
    blends = {t: blend(from_, to, t) for t in sorted({0.0, 1.0, *ts})}
    drawn, first, span = sample(list(blends.values()), blends[0.0], domain, view, {})
    by_name = {curve.name: curve for curve in drawn}
    # A blend that is the same formula as the first, such as all of them between equal ends.
    return {t: by_name.get(formula.name, first) for t, formula in blends.items()}, span
