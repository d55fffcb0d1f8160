"""Nothing claimed proven is false: random formulas, each enclosure against dense sampling.

The samples are computed with mpmath at 60 digits: all over the domain, far out, at breakpoints and
next to them, and about each place that a result names.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from formulas import any_formula
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpmath import mp
from rigour import DIGITS, mp_value, to_mp

import actx
from actx.analysis.results import Exploration, Extremum, Kind, Kink
from actx.arithmetic.coefficients import Number
from actx.calculus.pieces import pieces
from actx.core.domain import Domain, Interval
from actx.core.errors import ActxError
from actx.language.tree import Node

BUDGET = 0.5
TINY = 10.0**-45  # relative to the sizes at hand: what 60 digits cannot tell
_DECIMALS = st.builds(lambda n, d: n / d, st.integers(-60, 60), st.sampled_from([1, 2, 3, 7, 10]))
DOMAINS = st.one_of(
    st.just(Domain()),
    st.just(Domain()),
    st.just(Domain(-5, 5)),
    st.builds(lambda x: Domain(x, math.inf), _DECIMALS),
    st.builds(lambda x: Domain(-math.inf, x), _DECIMALS),
    st.builds(lambda x, width: Domain(x, x + width), _DECIMALS, st.sampled_from([0.1, 1, 3, 20])),
)
_SPREAD = [
    0.0,
    *(s * v for v in (1e-8, 1e-3, *(k / 16 for k in range(1, 160, 3))) for s in (-1, 1)),
]
_FAR = [s * v for v in (12.0, 17.3, 25.0, 60.0, 300.0, 1e4, 1e7) for s in (-1, 1)]
_STEPS = (0.0, 1e-12, 1e-6, 1e-3, 0.03)
COUNTS: Counter[str] = Counter()


class Samples:
    """A function at many points of a domain, in order; points without a value left out."""

    def __init__(self, tree: Node, domain: Domain, special: Iterable[Number]) -> None:
        self.tree = tree
        lo, hi = (Fraction(repr(x)) if math.isfinite(x) else x for x in (domain.lo, domain.hi))
        places = {Fraction(x) for x in (*_SPREAD, *_FAR)}
        for x in filter(math.isfinite, (*special, domain.lo, domain.hi)):
            places |= {Fraction(x) + s * Fraction(step) for step in _STEPS for s in (-1, 1)}
            places |= {Fraction(math.nextafter(x, end)) for end in (math.inf, -math.inf)}
        places |= {x for x in (lo, hi) if isinstance(x, Fraction)}
        inside = sorted(x for x in places if lo <= x <= hi)
        values = [(x, mp_value(tree, to_mp(x))) for x in inside]
        self.points = [(x, y) for x, y in values if mp.isfinite(y)]
        self._floats = [float(x) for x, _ in self.points]

    def within(self, lo: float, hi: float) -> list[tuple[Fraction, Any]]:
        """The points of an interval, and perhaps one more at each end."""
        start, end = bisect_left(self._floats, lo), bisect_right(self._floats, hi)
        return self.points[max(start - 1, 0) : end + 1]

    def between(self, lo: float, hi: float) -> list[Any]:
        """Values strictly between two floats, which stand for places next to them."""
        inside = self.within(lo, hi)
        return [y for x, y in inside if _apart(x, lo) and _apart(x, hi) and lo < x < hi]


def _apart(x: Fraction, end: float) -> bool:
    return math.isinf(end) or abs(x - Fraction(end)) > Fraction(1e-11) * max(1, abs(x))


def _within(x: Fraction, enclosure: Interval) -> bool:
    return enclosure[0] <= x <= enclosure[1]


def noise(*values: Any) -> Any:
    return mp.mpf(TINY) * sum((abs(v) for v in values), mp.mpf(1))


def check_supremum(enclosure: Interval, heights: Sequence[Any], at: Any) -> None:
    """That sampled heights lie below the enclosure, and the height where it should be is near."""
    lo, hi = enclosure
    for height in heights:
        assert height <= mp.mpf(hi) + noise(height), (height, enclosure)
    if at is not None and math.isfinite(lo):
        best = max([at, *heights])
        assert best >= mp.mpf(lo) - mp.mpf(10) ** -9 * (1 + abs(mp.mpf(lo))), (best, enclosure)


def check_global(
    samples: Samples, found: Extremum, sign: int, breaks: Sequence[Number] = ()
) -> None:
    if not found.proven:
        return
    assert found.enclosure is not None
    COUNTS["global extrema"] += 1
    y = found.enclosure.y
    heights = [sign * v for _, v in samples.points]
    ends = y if sign > 0 else (-y[1], -y[0])
    at = None
    if not isinstance(found.x, tuple) and math.isfinite(found.x) and found.kind is not Kind.LIMIT:
        place = next((b for b in breaks if float(b) == found.x), found.x)  # need not be a float
        at = mp_value(samples.tree, to_mp(Fraction(place)))
        at = sign * at if mp.isfinite(at) else None
    check_supremum(ends, heights, at)
    lo, hi = found.enclosure.x
    for x, value in samples.points:  # elsewhere it is not above the enclosure's lower end
        outside = not lo <= x <= hi
        if outside and not found.ties and not isinstance(found.x, tuple):
            assert sign * value <= mp.mpf(ends[1]) + noise(value)


def check_local(samples: Samples, found: Extremum, sign: int, breaks: Sequence[Number]) -> None:
    if not found.proven or isinstance(found.x, tuple):
        return
    assert found.enclosure is not None
    COUNTS["local extrema"] += 1
    lo, hi = found.enclosure.x
    top = mp.mpf(found.enclosure.y[1 if sign > 0 else 0])
    for x, value in samples.within(found.x - 1e-12, found.x + 1e-12):
        if any(hi < b <= x or x <= b < lo for b in breaks):  # it may go elsewhere beyond
            continue
        if abs(x - Fraction(found.x)) <= Fraction(1e-12) and not lo <= x <= hi:
            assert sign * value <= sign * top + noise(value), (float(x), value, found)


def check_zeros(samples: Samples, sheet: Exploration, marks: list[float]) -> None:
    for x, enclosure in zip(sheet.zeros, sheet.zero_enclosures, strict=True):
        if enclosure is None:
            continue
        COUNTS["zeros"] += 1
        if isinstance(x, tuple):
            inside = samples.between(*x)
            assert all(abs(v) <= noise() for v in inside)
            continue
        a, b = (mp_value(samples.tree, to_mp(Fraction(e))) for e in enclosure)
        if a * b > 0:
            scale = max([abs(v) for _, v in samples.points if abs(v) < 1e3], default=mp.mpf(1))
            inner = [abs(v) for at, v in samples.within(*enclosure) if _within(at, enclosure)]
            # a value may stand alone
            least = min(abs(a), abs(b), *inner)
            assert least <= mp.mpf(10) ** -13 * (scale + 1), (enclosure, a, b)
    if any(item.what == "zeros" for item in sheet.undecided):
        return
    places = sorted({*marks, *(e for x in sheet.zeros for e in _ends(x))})
    COUNTS["complete lists of zeros"] += 1
    stretches = [x for x in sheet.zeros if isinstance(x, tuple)]
    for lo, hi in pairwise([-math.inf, *places, math.inf]):
        if any(a <= lo and hi <= b for a, b in stretches):
            continue
        values = samples.between(lo, hi)
        signs = {int(mp.sign(v)) for v in values if abs(v) > mp.mpf(10) ** -50}
        assert len(signs) <= 1, (lo, hi, sheet.zeros)


def check_turning(samples: Samples, sheet: Exploration, marks: list[float]) -> None:
    """Between listed extrema and breakpoints the samples are monotone."""
    if any(item.what == "extrema" for item in sheet.undecided):
        return
    COUNTS["complete lists of extrema"] += 1
    found = [*sheet.minima, *sheet.maxima]
    places = sorted({*marks, *(e for x in found for e in _ends(x.x))})
    for lo, hi in pairwise([-math.inf, *places, math.inf]):
        values = samples.between(lo, hi)
        steps = {int(mp.sign(b - a)) for a, b in pairwise(values) if abs(b - a) > noise(a, b)}
        assert not {-1, 1} <= steps, (lo, hi, found)


def check_kink(tree: Node, kink: Kink, breaks: Sequence[Number]) -> None:
    """One-sided derivatives by difference quotients, of a function known to 100 digits more."""
    if not kink.proven or kink.order > 2:
        return
    assert kink.enclosure is not None
    COUNTS["kinks"] += 1
    x = next(b for b in breaks if float(b) == kink.x)
    assert Fraction(kink.enclosure.x[0]) <= x <= Fraction(kink.enclosure.x[1])
    ends = [Fraction(x)] * 2 if not isinstance(x, float) else map(Fraction, kink.enclosure.x)
    enclosures = kink.enclosure.left, kink.enclosure.right
    with mp.workdps(160):
        for end, side, enclosure in zip(ends, (-1, 1), enclosures, strict=True):
            if abs(enclosure[0]) == math.inf:
                continue
            slope = _one_sided(tree, to_mp(end), side, kink.order)
            slack = mp.mpf(10) ** -25 * (1 + abs(slope))  # of the quotients
            if isinstance(x, float):  # it is enclosed: beside it the slope is a little different
                slack = mp.mpf(10) ** -9 * (1 + abs(slope))
            assert enclosure[0] - slack <= slope <= enclosure[1] + slack, (kink, side, slope)


def _one_sided(tree: Node, x: Any, side: int, order: int) -> Any:
    h = side * mp.mpf(10) ** -30
    values = [mp_value(tree, x + (k + 1) * h) for k in range(order + 3)]
    for step in range(order):  # differences at points off the breakpoint, then their limit
        values = [(b - a) / h for a, b in pairwise(values)]
        del step
    return values[0]


def _ends(x: float | Interval) -> tuple[float, ...]:
    return x if isinstance(x, tuple) else (x,)


def breakpoints(tree: Node, domain: Domain) -> Sequence[Number]:
    """Those of all of a domain, or where they go on without end those that are not far out."""
    try:
        return pieces(tree, domain.lo, domain.hi).breakpoints
    except ActxError:
        lo = domain.lo if math.isfinite(domain.lo) else min(-8, domain.hi - 8)
        hi = domain.hi if math.isfinite(domain.hi) else max(8, domain.lo + 8)
        whole = math.isinf(domain.lo) and math.isinf(domain.hi)
        return pieces(tree, *((-8, 8) if whole else (lo, hi))).breakpoints


def checked(text: str, domain: Domain) -> bool:
    """Check all that is claimed proven of a formula; whether anything was."""
    COUNTS["formulas"] += 1
    try:
        row = actx.compare(text, "mish", domain=domain, budget=BUDGET).rows[0]
        sheet = actx.show(text, domain=domain, budget=BUDGET)
    except ActxError:
        COUNTS["not analysed"] += 1
        return False
    tree, mish = actx.formula(text).bound, actx.formula("mish").bound
    exact = breakpoints(tree, domain)
    ends = [end for end in (domain.lo, domain.hi) if math.isfinite(end)]  # may have own values
    breaks = [*(float(b) for b in exact), *ends]
    named = [e for x in (*sheet.minima, *sheet.maxima, row.max_error) for e in _ends(x.x)]
    named += [e for x in sheet.zeros for e in _ends(x)]
    with mp.workdps(DIGITS):
        samples = Samples(tree, domain, [*exact, *breaks, *named])
        if row.max_error.proven:
            COUNTS["largest errors"] += 1
            assert row.max_error.enclosure is not None
            heights = [abs(y - mp_value(mish, to_mp(x))) for x, y in samples.points]
            near = heights and math.isfinite(row.max_error.x)
            check_supremum(row.max_error.enclosure, heights, mp.mpf(0) if near else None)
        for found, sign in ((sheet.minimum, -1), (sheet.maximum, 1)):
            check_global(samples, found, sign, exact)
        check_global(samples, row.minimum, -1, exact)
        for group, sign in ((sheet.minima, -1), (sheet.maxima, 1)):
            for found in group:
                check_local(samples, found, sign, exact)
        check_zeros(samples, sheet, breaks)
        check_turning(samples, sheet, breaks)
        for kink in sheet.kinks:
            check_kink(tree, kink, exact)
    return row.max_error.proven


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=60, derandomize=True, **QUIET)
@given(any_formula(), DOMAINS)
def test_proven_enclosures_hold(text: str, domain: Domain) -> None:
    checked(text, domain)


@pytest.mark.long
@settings(max_examples=10_000, **QUIET)
@given(any_formula(6), DOMAINS)
def test_ten_thousand_proven_enclosures_hold(text: str, domain: Domain) -> None:
    checked(text, domain)


@pytest.mark.parametrize(
    "text",
    ["hard_mish(x)", "relu(x - 1/3)", "x*sigmoid(1.702x)", "abs(x)^3", "min(x^2 - 2, exp(x))"],
)
def test_the_check_is_made(text: str) -> None:
    assert checked(text, Domain())
