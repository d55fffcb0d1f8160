"""The blends on the way from one formula to another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from actx.api.asking import DomainLike, domain_of, view_of
from actx.api.drawing import drawing, is_moving
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, read_formulas
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import WHOLE_LINE
from actx.core.progress import Progress
from actx.core.schedule import LAYERS, Schedule
from actx.core.schedule import schedule as named
from actx.present.pictures.output import MOVING_PICTURES, check_output
from actx.registry import Registry
from actx.studies.morph.blends import morph as blend_all
from actx.studies.morph.results import Morph


@alone()
def morph(
    from_: str | Formula,
    to: str | Formula,
    *,
    steps: int = 4,
    schedule: str | Schedule = "linear",
    layers: int | None = None,
    target: str | Formula | None = None,
    output: str | Path | None = None,
    width: str | float | None = None,
    view: DomainLike | None = None,
    domain: DomainLike = WHOLE_LINE,
    budget: float | None = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Morph:
    """The blends (1-t)·f + t·g at steps + 1 places of a schedule that takes t from 0 to 1.

    schedule: a name of `actx.core.schedule.SCHEDULES`, or what `schedule` there makes. layers:
    of the model; None for one, or a few where they change one after another. target: a formula to
    compare each blend with as well. output: a .png, .svg, .pdf or .gif file to draw it in, written
    whole or not at all; width: of it, as `plot` takes one; view: the part of the x axis drawn
    there. budget: seconds for proofs for each blend, None for no proofs. Raises UsageError for
    steps, layers or a schedule out of range, PictureError, and otherwise as `show`.
    """
    if output is not None:
        check_output(output, MOVING_PICTURES)
    way = named(schedule) if isinstance(schedule, str) else schedule
    given = [from_, to] if target is None else [from_, to, target]
    ends = read_formulas(given, set, registry)
    result = blend_all(
        ends[0],
        ends[1],
        way,
        steps=steps,
        layers=layers if layers is not None else LAYERS if way.staggered else 1,
        target=None if target is None else ends[2],
        domain=domain_of(domain),
        budget=budget,
        progress=progress,
    )
    if output is None:
        return result
    drawn = drawing(result, view_of(view), moving=is_moving(output))
    (drawn if width is None else drawn.of_width(width)).write(output)
    return replace(result, output=str(output))
