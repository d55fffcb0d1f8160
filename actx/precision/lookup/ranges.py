"""The best range of inputs for a type: over the whole line, or over inputs as they occur.

Inputs are rounded to the nearest integer and clamped, so that a narrow range misses the tails and a
wide one is coarse.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from actx.core.samples import Samples
from actx.language.tree import Node
from actx.precision.lookup.formats import IntegerFormat, Integers, covering
from actx.precision.lookup.likes import values
from actx.precision.number_types import Doubles

Output = Callable[[IntegerFormat], IntegerFormat]  # what outputs are for an input's format
_TRIED = 24  # ranges in a round of the search, of which there are two
_FAR = np.geomspace(1.0, 1e6, 60)
_SHARES = (0.0, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03)  # of the inputs that are clamped on a side
_NARROWER = (1.0, 0.9, 0.8, 0.65, 0.5, 0.35)


def over_line(tree: Node, given: IntegerFormat, output: Output) -> tuple[IntegerFormat, str]:
    """The format whose range leaves the least error over the whole line, or over -8:8.

    The error of correctly rounded outputs is computed at both edges of every input and far out.
    """
    far = np.concatenate([-_FAR[::-1], _FAR])
    with np.errstate(all="ignore"):
        v = values(tree, far[np.abs(far) <= 100])
    limited = abs(v[0] - v[5]) + abs(v[-1] - v[-6]) < 0.05 * max(1.0, float(np.abs(v).max()))
    most = 64.0 if limited else 8.0

    def error(reach: float) -> float:
        tried = covering(given.name, -reach, reach)
        y = _outputs(tree, tried, output(tried))
        at = values(tree, tried.numbers[:-1] + tried.scale / 2)
        worst = max(float(np.abs(y[:-1] - at).max()), float(np.abs(y[1:] - at).max()))
        outer = np.linspace(1.0, 8.0 if limited else max(1.0, 8.0 / reach), 40)
        for side, end in ((-1, y[0]), (1, y[-1])):
            beyond = reach * outer if side > 0 else -reach * outer
            worst = max(worst, float(np.abs(values(tree, beyond) - end).max()))
        return worst

    lo, hi = 0.5, most
    best = hi
    for _ in range(2):
        tried = np.geomspace(lo, hi, _TRIED).tolist()
        errors = [error(reach) for reach in tried]
        at = int(np.argmin(errors))
        best = tried[at]
        lo, hi = tried[max(at - 1, 0)], tried[min(at + 1, _TRIED - 1)]
    found = covering(given.name, -best, best)
    over = "the whole line" if limited else "-8:8"
    words = (
        f"The input range {-best:.4g}:{best:.4g} was searched for: real inputs of {over}, rounded "
        f"to these and clamped, are then off by ~{error(best):.4g} at most."
    )
    return found, words


def over_inputs(
    inputs: Samples, tree: Node, given: IntegerFormat, output: Output
) -> tuple[IntegerFormat, str]:
    """The format whose range leaves the least root mean square over inputs.

    Its ends are such that few or none of the inputs lie beyond, or nearer to 0 in both directions.
    """
    known = inputs.rough
    truth, along = values(tree, known.values), np.cumsum(known.shares)

    def end(share: float) -> float:
        place = int(np.searchsorted(along, share))
        return float(known.values[min(place, known.values.size - 1)])

    def rms(ends: tuple[float, float]) -> float:
        tried = covering(given.name, *ends)
        off = _outputs(tree, tried, output(tried))[places_of(tried, known.values)] - truth
        return float(np.sqrt(np.sum(known.shares * off * off)))

    lows, highs = ({end(s) for s in side} for side in (_SHARES, [1 - s for s in _SHARES]))
    pairs = [(lo, hi) for lo, hi in product(lows, highs) if min(lo, 0.0) < max(hi, 0.0)]
    best = min(pairs or [(-1.0, 1.0)], key=rms)
    best = min(((k * best[0], k * best[1]) for k in _NARROWER), key=rms)
    found = covering(given.name, *best)
    lo, hi = found.ends
    words = (
        f"The input range {lo:.4g}:{hi:.4g} was searched for: it leaves the least rms over the "
        "inputs of those that were tried."
    )
    return found, words


def places_of(given: IntegerFormat, x: Doubles) -> Integers:
    """Which of a format's integers numbers are rounded to, and clamped, from the lowest on."""
    q = np.clip(np.rint(x / given.scale) + given.zero, given.lowest, given.highest)
    found: Integers = q.astype(np.int64) - given.lowest
    return found


def _outputs(tree: Node, given: IntegerFormat, output: IntegerFormat) -> Doubles:
    """The correctly rounded outputs for every input, as numbers."""
    q = np.rint(values(tree, given.numbers) / output.scale) + output.zero
    made: Doubles = (np.clip(q, output.lowest, output.highest) - output.zero) * output.scale
    return made
