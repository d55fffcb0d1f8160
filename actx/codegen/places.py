"""At which numbers of a type exported code is tried.

Of a type of 16 bits at all. Of a wider one at some in each binade, at more where formulas bend, at
the neighbours of each limit that x may be held at, and where the code itself goes from one form to
another: those places are found in its own arithmetic, to the last bit. Significands are spread in a
binade, and have no zeros at their end: products by a constant are rounded at them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from actx.calculus.resolve import COMPARING
from actx.language.operations import LOOKUP, OPERATIONS
from actx.language.stable import spelled_out
from actx.language.tree import Node, as_table, walk
from actx.precision.number_types import Doubles, NumberType

Keys = NDArray[np.int64]
Run = Callable[[Node, Doubles], Doubles]  # computes a tree as code does
_NEAR = [round(n) for n in np.geomspace(2, 120, 60)]
_FAR = [10 * round(n / 10) for n in np.geomspace(120, 4000, 50)]
_REMOTE = [10**n for n in range(4, 19)]
LIMITS = sorted({*_NEAR, *_FAR, *_REMOTE})  # where x may be held: whole, that a reader takes in
_GRID = 40.0  # half the width of the grid of points near 0
_USUAL = range(-30, 13)  # exponents of numbers that are met with
_GOLDEN = (5**0.5 - 1) / 2  # its multiples, less whole numbers, are spread evenly
_MOST_SWITCHES = 64  # of one condition: there may be no end of them, as in floor(x)
_SPELLED = frozenset(  # what remains of operations with breakpoints: comparisons, steps and tables
    name
    for name, row in OPERATIONS.items()
    if row.definition is None or row.steps is not None or not row.is_piecewise
)


@dataclass(frozen=True)
class _Sample:
    """How densely a type is tried: points in a binade, every how many of the unusual binades, and
    the distance of points in the grid. Exact values in float64 take long, hence fewer of them.
    """

    in_a_binade: int
    binades: int
    step: float


_SAMPLES = {
    ("float32", False): _Sample(16, 1, 1 / 64),
    ("float32", True): _Sample(128, 1, 1 / 512),
    ("float64", False): _Sample(1, 4, 1 / 16),
    ("float64", True): _Sample(4, 4, 1 / 64),
}


@lru_cache(maxsize=32)
def points(kept: NumberType, fine: bool = False) -> Doubles:
    """The finite numbers that are tried of every function, ascending, then inf and -inf."""
    if kept.bits <= 16:
        sizes = np.asarray(kept.magnitudes(np.arange(kept.patterns)), dtype=np.float64)
        x = np.concatenate([-sizes[::-1], sizes])
    else:
        how = _SAMPLES[kept.name, fine]
        lowest = kept.emin - kept.precision + 1
        exponents = sorted({*range(lowest, kept.emax + 1, how.binades), *_USUAL})
        places = np.arange(len(exponents) * how.in_a_binade).reshape(len(exponents), -1)
        shares = (places % how.in_a_binade + _spread(places)) / how.in_a_binade
        binades = np.ldexp(1 + shares, np.array(exponents)[:, None]).ravel()
        count = np.arange(round(_GRID / how.step))
        grid = how.step * np.concatenate([count, count[1::2] + _spread(count[1::2])])
        wide = 20 * how.step * (count + _spread(count))
        limits = _about(_keys(np.array(LIMITS, dtype=np.float64), kept), kept, 3)
        sizes = np.concatenate([binades, grid, wide, _numbers(limits, kept), [kept.largest]])
        sizes = np.unique(np.asarray(kept.round(sizes), dtype=np.float64))
        x = np.concatenate([-sizes[::-1], sizes])
    return np.concatenate([x[np.isfinite(x)], [np.inf, -np.inf]])


def _spread(numbers: NDArray[np.integer]) -> Doubles:
    """A share of 1 for each whole number, evenly spread and of full length."""
    return np.asarray(np.modf(numbers * _GOLDEN)[0])


def switches(form: Node, kept: NumberType, run: Run) -> Doubles:
    """Numbers about the places where a form goes from one way of computing to another, ascending.

    Both neighbours of each place, and numbers at distances from there that double each time. run:
    computes a tree as the code does. None of a type of 16 bits, of which all numbers are tried; of
    a condition with many places a choice of them.
    """
    if kept.bits <= 16:
        return np.zeros(0)
    x = points(kept)[:-2]
    found = [_switches(side, x, kept) for side in _conditions(form, run)]
    keys = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *found]))
    return np.unique(_numbers(_about(keys, kept, kept.precision), kept))


def _conditions(form: Node, run: Run) -> Iterator[Callable[[Doubles], Doubles]]:
    """For each choice that a form makes: which way it goes at numbers."""
    for current in walk(spelled_out(form, _SPELLED), constants=False):
        if current.op in COMPARING:
            yield partial(_order, current.args, run)
        elif current.op == LOOKUP:
            yield partial(_row, current, run)
        elif current.args and OPERATIONS[current.op].steps is not None:
            yield partial(run, current)


def _order(sides: Sequence[Node], run: Run, x: Doubles) -> Doubles:
    left, right = (run(side, x) for side in sides)
    return np.where(left > right, 1.0, np.where(left < right, -1.0, 0.0))


def _row(look_up: Node, run: Run, x: Doubles) -> Doubles:
    knots = [float(knot) for knot in as_table(look_up).knots]
    return np.searchsorted(knots, run(look_up.args[1], x)).astype(np.float64)


def _switches(side: Callable[[Doubles], Doubles], x: Doubles, kept: NumberType) -> Keys:
    """The keys of both neighbours of each place between the numbers x where the side changes."""
    sides = np.nan_to_num(side(x))
    places = np.flatnonzero(sides[1:] != sides[:-1])
    places = places[:: max(1, -(-places.size // _MOST_SWITCHES))]
    low, high, first = _keys(x[places], kept), _keys(x[places + 1], kept), sides[places]
    while (high - low > 1).any():
        middle = low + (high - low) // 2
        same = np.nan_to_num(side(_numbers(middle, kept))) == first
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.concatenate([low, high])


def _about(keys: Keys, kept: NumberType, count: int) -> Keys:
    """The keys, and for each those 1, 2, 4, ... to either side, where there are numbers."""
    away = np.concatenate([[0], np.int64(1) << np.arange(count)])
    found = (keys[:, None] + np.concatenate([-away, away])).ravel()
    largest = _keys(np.array([kept.largest]), kept)
    return np.asarray(found[np.abs(found) <= largest])


def _keys(x: Doubles, kept: NumberType) -> Keys:
    """Whole numbers in the order of the numbers of a type of 32 or 64 bits, without gaps."""
    bits = np.abs(kept.round(x)).view(_whole(kept)).astype(np.int64)
    return np.where(np.signbit(x), -bits, bits)


def _numbers(keys: Keys, kept: NumberType) -> Doubles:
    assert kept.native is not None
    sizes = np.abs(keys).astype(_whole(kept)).view(kept.native)
    return np.where(keys < 0, -sizes, sizes).astype(np.float64)


def _whole(kept: NumberType) -> np.dtype[np.signedinteger]:
    """The whole numbers that take as many bits."""
    return np.dtype(np.int32 if kept.bits == 32 else np.int64)
