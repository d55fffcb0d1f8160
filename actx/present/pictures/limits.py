"""The y range of a panel: what matters fills it, what runs away leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Samples = tuple[NDArray[np.float64], NDArray[np.float64]]  # x and y of a curve


class Range(NamedTuple):
    """An interval of y."""

    lo: float
    hi: float

    @property
    def height(self) -> float:
        return self.hi - self.lo


# An error this many times the median one leaves the panel (of few curves, and of many), ...
_LARGE = (4.0, 2.0)
_MANY = 8
# ... unless it is small beside the values themselves (a share of their height).
_SMALL = 0.05
# Where a curve leaves, in the largest error that is shown in full.
_LEAVING = 1.25


def value_range(target: Samples | None, others: Sequence[Samples], stretch: float) -> Range:
    """The range for values or slopes: the target's, stretched for the others, but not without end.

    stretch: how far they may stretch it to each side, in its height.
    Without a target (or where it is constant) the median curve stands in for it.
    """
    ranges = [r for r in (_range(samples) for samples in others) if r is not None]
    core = _core(target) if target is not None else None
    if core is None or core.height == 0:
        cores = [r for r in (_core(samples) for samples in others) if r is not None]
        if core is not None:
            ranges.append(core)
        if not cores:
            return _padded(core or Range(-1, 1))
        core = sorted(cores, key=lambda r: r.height)[(len(cores) - 1) // 2]
    reach = stretch * core.height
    if core.height == 0:  # constant: let the farthest decide, there is nothing to be squashed
        reach = max(max(r.hi, core.hi) - min(r.lo, core.lo) for r in ranges)
    # In a narrow view all are nearly constant: at least half of them come into sight.
    gaps = sorted(max(core.lo - r.hi, r.lo - core.hi, 0.0) for r in ranges)
    if gaps:
        reach = max(reach, 1.1 * gaps[(len(gaps) - 1) // 2])
    lo = min([core.lo, *(max(r.lo, core.lo - reach) for r in ranges)])
    hi = max([core.hi, *(min(r.hi, core.hi + reach) for r in ranges)])
    return _padded(Range(lo, hi))


def error_range(errors: Sequence[Samples], values: Range) -> Range:
    """The range for errors, given that of the values; zero is always in it.

    At least the better half of the curves is shown in full. Far worse ones are seen to leave.
    """
    ranges = [r for r in (_core(samples, 3) for samples in errors) if r is not None]
    sizes = sorted(max(-r.lo, r.hi, 0.0) for r in ranges)
    if not sizes or sizes[-1] <= 1e-10 * values.height:  # nothing, or nothing but rounding
        return Range(-1e-9 * values.height, 1e-9 * values.height)
    typical = sizes[(len(sizes) - 1) // 2]
    allowed = max(_LARGE[len(sizes) >= _MANY] * typical, _SMALL * values.height)
    shown = max(size for size in sizes if size <= allowed)
    lo, hi = 0.0, 0.0
    for r in ranges:
        if max(-r.lo, r.hi) <= shown:
            lo, hi = min(lo, r.lo), max(hi, r.hi)
    # What leaves does so visibly: there is room on its side.
    for r in ranges:
        lo = min(lo, max(r.lo, -_LEAVING * shown))
        hi = max(hi, min(r.hi, _LEAVING * shown))
    return _padded(Range(lo, hi))


def _range(samples: Samples) -> Range | None:
    """All finite values."""
    y = samples[1]
    finite = y[np.isfinite(y)]
    return Range(float(finite.min()), float(finite.max())) if finite.size else None


def _core(samples: Samples, reach: float = 1) -> Range | None:
    """All values but those at a pole or in another spike, which are cut at `reach` times the rest.

    Quantiles over x, whatever the density of the samples.
    """
    x, y = samples
    finite = np.isfinite(y)
    full = _range(samples)
    if full is None:
        return None
    even = np.interp(np.linspace(x[finite][0], x[finite][-1], 1001), x[finite], y[finite])
    low, high = (float(q) for q in np.quantile(even, [0.02, 0.98]))
    beyond = reach * (high - low)
    return Range(max(full.lo, low - beyond), min(full.hi, high + beyond)) if beyond else full


def _padded(r: Range) -> Range:
    # 1e300: far inside the floats, so that differences of limits are finite.
    lo, hi = max(r.lo, -1e300), min(r.hi, 1e300)
    pad = 0.05 * (hi - lo)
    if pad <= 1e-12 * max(abs(lo), abs(hi)):
        pad = 0.5 * max(abs(lo), abs(hi)) or 1.0
    return Range(lo - pad, hi + pad)
