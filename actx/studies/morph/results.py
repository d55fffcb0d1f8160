"""What a morph is, step by step: plain, frozen records."""

from __future__ import annotations

from dataclasses import dataclass

from actx.analysis.results import Extremum, Kink, MaxError, Undecided
from actx.core.domain import Ends
from actx.core.schedule import Schedule
from actx.core.views import Pictured


@dataclass(frozen=True)
class Blend:
    """The blend (1-t)·f + t·g for one t.

    from_error, to_error: its error against f and against g; target_error: against a target, where
    one was given.
    """

    t: float
    formula: str
    minimum: Extremum
    kinks: tuple[Kink, ...]
    smoothness: str
    from_error: MaxError
    to_error: MaxError
    target_error: MaxError | None = None
    undecided: tuple[Undecided, ...] = ()


@dataclass(frozen=True)
class MorphStep:
    """A place in the schedule: progress from 0 to 1, and the blend of each layer there."""

    progress: float
    t: tuple[float, ...]


@dataclass(frozen=True, repr=False)
class Morph(Pictured):
    """The way from one formula to another (`actx morph`).

    difference: the error of the first against the second, which that of every blend is a share of.
    blends: one for each t that a step has, by t. output: the picture's file, where one was drawn.
    """

    from_: str
    from_formula: str
    to: str
    to_formula: str
    target: str | None
    target_formula: str | None
    domain: Ends
    schedule: Schedule
    layers: int
    steps: tuple[MorphStep, ...]
    blends: tuple[Blend, ...]
    difference: MaxError
    budget: float | None = None
    output: str | None = None
