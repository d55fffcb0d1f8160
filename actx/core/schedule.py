"""Schedules: how far a blend from one activation to another has come, as training goes on.

Progress runs from 0 (training begins) to 1 (it ends). The blend is (1-t)·f + t·g, so that t = 0 is
the old activation f and t = 1 the new one g. Pure functions; nothing is imported that computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches

from actx.core.errors import UsageError

MOST_STEPS = 1000  # at which a schedule is looked at
MOST_STAIRS = 10_000
MOST_LAYERS = 100_000
_PLACES = 15  # decimals of t, so that layers that are equally far have the same t
_ROUNDING = 1e-9  # of a stair: i/n times n may come out just below i


@dataclass(frozen=True)
class Schedule:
    """How t follows from progress; made by `schedule`, which checks the values.

    shape: "linear", "cosine" (slow at both ends) or "step". stairs: the equal jumps of "step".
    begin, end: the progress at which the blend leaves t = 0 and reaches t = 1. staggered: whether
    the layers of a model change one after another, from the first on; overlap: then the share of
    its own time for which a layer runs along with the one before it (0: none, 1: all at once).
    """

    name: str
    shape: str = "linear"
    stairs: int = 1
    begin: float = 0.0
    end: float = 1.0
    staggered: bool = False
    overlap: float = 0.0

    def t(self, progress: float) -> float:
        """The blend of a single layer. Raises UsageError for a progress outside 0..1."""
        return self.per_layer(progress, 1)[0]

    def per_layer(self, progress: float, layers: int) -> tuple[float, ...]:
        """The blend of each layer of a model, the first layer first.

        Raises UsageError for a progress outside 0..1, or for less than one layer.
        """
        if not 0 <= progress <= 1:  # also for nan
            raise UsageError(
                f"The progress of a schedule runs from 0 (the old activation) to 1 (the new one); "
                f"it cannot be {progress:g}."
            )
        if not 1 <= layers <= MOST_LAYERS:
            raise UsageError(
                f"A schedule is for a number of layers from 1 to {MOST_LAYERS}, not {layers}."
            )
        done = _share(progress, self.begin, self.end)
        windows = _windows(layers, self.overlap) if self.staggered else [(0.0, 1.0)] * layers
        blend = _SHAPES[self.shape]
        return tuple(
            round(blend(_share(done, *window), self.stairs), _PLACES) for window in windows
        )


def _share(progress: float, begin: float, end: float) -> float:
    """How much of the stretch from begin to end lies behind; exactly 0 before and 1 after it."""
    if progress >= end:
        return 1.0
    return max(0.0, (progress - begin) / (end - begin))


def _windows(layers: int, overlap: float) -> list[tuple[float, float]]:
    """The stretch of 0..1 in which each layer changes: equal, and the last one ends at 1."""
    stride = 1 - overlap
    whole = 1 + (layers - 1) * stride
    return [(i * stride / whole, min(1.0, (1 + i * stride) / whole)) for i in range(layers)]


def _linear(done: float, _: int) -> float:
    return done


def _cosine(done: float, _: int) -> float:
    return (1 - math.cos(math.pi * done)) / 2


def _step(done: float, stairs: int) -> float:
    """stairs + 1 levels from 0 to 1, each kept equally long."""
    return min(math.floor(done * (stairs + 1) + _ROUNDING), stairs) / stairs


_SHAPES: Mapping[str, Callable[[float, int], float]] = {
    "linear": _linear,
    "cosine": _cosine,
    "step": _step,
}
_DEFAULTS: Mapping[str, Schedule] = {
    "linear": Schedule("linear"),
    "cosine": Schedule("cosine", "cosine"),
    "step": Schedule("step", "step", stairs=4),
    "per-layer": Schedule("per-layer", staggered=True),
    "staggered": Schedule("staggered", "cosine", staggered=True, overlap=0.5),
}
SCHEDULES = tuple(_DEFAULTS)
LAYERS = 4  # what a table or picture shows of a staggered schedule, if not told otherwise
OPTIONS = tuple(f.name for f in fields(Schedule) if f.name not in ("name", "staggered"))


def schedule(name: str, **options: object) -> Schedule:
    """The schedule of that name.

    name: one of SCHEDULES: "linear", "cosine", "step" (`stairs` jumps, 4 if not given), "per-layer"
    (each layer linearly, one after another) or "staggered" (by cosine, each layer beginning when
    the one before it is half done). options: fields of `Schedule` to change: shape, stairs, begin,
    end, overlap; None keeps the default. Raises UsageError for an unknown name or option, a value
    out of range, or an option that means nothing for the schedule.
    """
    known = _DEFAULTS.get(name)
    if known is None:
        near = get_close_matches(name[:60], SCHEDULES, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(SCHEDULES)}."
        raise UsageError(f"There is no schedule {name[:60]!r}. {hint}")
    given = {key: value for key, value in options.items() if value is not None}
    for key in given:
        if key not in OPTIONS:
            raise UsageError(f"A schedule has no option {key!r}; it has {', '.join(OPTIONS)}.")
    shape = str(given.get("shape", known.shape))
    if shape not in _SHAPES:
        raise UsageError(
            f"The shape of a schedule is {', '.join(_SHAPES)}; it cannot be {shape!r}."
        )
    if "stairs" in given and shape != "step":
        raise UsageError(f"The schedule {name} has no stairs; they belong to the shape step.")
    if "overlap" in given and not known.staggered:
        raise UsageError(f"The schedule {name} has no overlap; it changes all layers at once.")
    begin, end = _in_range("begin", given, known.begin), _in_range("end", given, known.end)
    if not begin < end:
        raise UsageError(
            f"A schedule ends after it begins; it cannot run from {begin:g} to {end:g}."
        )
    return Schedule(
        name,
        shape,
        _stairs(given.get("stairs", known.stairs if known.shape == shape else 4)),
        begin,
        end,
        known.staggered,
        _in_range("overlap", given, known.overlap),
    )


def _in_range(key: str, given: Mapping[str, object], default: float) -> float:
    value = given.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UsageError(
            f"The {key} of a schedule is a number from 0 to 1; it cannot be {value!r}."
        )
    return float(value)


def _stairs(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_STAIRS:
        raise UsageError(
            f"The stairs of a schedule are a whole number from 1 to {MOST_STAIRS}; "
            f"they cannot be {value!r}."
        )
    return value
