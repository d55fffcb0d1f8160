"""Timing kernels side by side: in turn, so that what slows the machine down slows all down."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import numpy as np

from actx.studies.bench.results import Spread, Timing

_SAMPLE = 0.002  # seconds that one sample takes at least, by calling again and again
_WARM_UP = 0.02  # seconds for each before the first round
_MOST_CALLS = 10_000

Call = Callable[[], object]


class Clock(Protocol):
    """What times calls."""

    def seconds(self, call: Call, calls: int) -> float:
        """How long so many calls take."""


def timings(
    backend: Clock,
    calls: Sequence[Call],
    baselines: Sequence[int],
    size: int,
    rounds: int,
    tick: Callable[[int], None],
) -> list[Timing]:
    """How long each call takes for one number.

    baselines: for each call, the one that its time is relative to. In a round each is timed once,
    after one call that is not timed; every other round goes backwards, so that none always follows
    the same. tick is told of each round.
    """
    repeats = [_warmed_up(backend, call) for call in calls]
    taken = np.empty((rounds, len(calls)))
    with _no_collection():
        for each in range(rounds):
            tick(each)
            order = range(len(calls)) if each % 2 == 0 else reversed(range(len(calls)))
            for index in order:
                calls[index]()  # the caches then hold what is its own
                seconds = backend.seconds(calls[index], repeats[index])
                taken[each, index] = 1e9 * seconds / (repeats[index] * size)
    return [
        Timing(
            spread(taken[:, index]),
            spread(taken[:, index] / taken[:, baseline]),
            tuple(taken[:, index].tolist()),
            repeats[index],
        )
        for index, baseline in enumerate(baselines)
    ]


def _warmed_up(backend: Clock, call: Call) -> int:
    """Run a call until it is warm; returns how often it is to be called for a sample."""
    calls, spent = 1, 0.0
    while True:
        seconds = backend.seconds(call, calls)
        spent += seconds
        if seconds >= _SAMPLE / 2 and spent >= _WARM_UP:
            needed = _SAMPLE / (seconds / calls)
            return int(min(max(1, np.ceil(needed)), _MOST_CALLS))
        if seconds < _SAMPLE / 2 and calls < _MOST_CALLS:
            calls *= 2
        elif calls >= _MOST_CALLS:
            return calls


def spread(values: np.typing.NDArray[np.float64]) -> Spread:
    """The median with the quartiles."""
    lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    return Spread(median, lower, upper)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without Python's collector of garbage, which would come at any time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
