"""Proven integrals of |e|, e², and e² times normal densities, up to an open end.

That is an infinite one, or one at which e is singular.

Beyond a start the series of e holds with a proven rest. What falls faster than a power is bounded:
where m·t^(1+s) decreases, ∫m beyond t is at most m(t)·t/s. Powers, also with logarithms, are
integrated exactly, with the rest beside them. An integral is infinite where that of the leading
term is, if the term outweighs all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from actx.arithmetic.coefficients import SeriesError
from actx.arithmetic.monomials import UNIT, Monomial, T, compare, normal
from actx.arithmetic.series import Place, Series
from actx.calculus.proven.enclose import exact_ball
from actx.calculus.proven.quadrature import Density
from actx.calculus.proven.series import (
    TooNear,
    ball,
    decreases,
    highest,
    proven_series,
    settled_sign,
    size_ball,
)
from actx.language.tree import Node

INFINITE = arb("inf")
_FAR = 32.0  # where series are tried first: most tails have died out by then
_CLOSE = 16.0

Part = Any | None  # a ball, INFINITE, or None: not known


@dataclass(frozen=True)
class TailIntegrals:
    """The integrals over all that has t >= start; each None if not known.

    sign: of e there, None where it is not settled.
    """

    start: float
    parts: Sequence[Part]
    sign: int | None

    def known(self, tolerances: Sequence[float]) -> int:
        """How many of the integrals are infinite, or known to within the tolerances."""
        return sum(
            part is not None and bool(not part.is_finite() or part.rad() <= tolerance)
            for part, tolerance in zip(self.parts, tolerances, strict=True)
        )


def tail_integrals(
    tree: Node,
    place: Place,
    least: float,
    tolerances: Sequence[float],
    densities: Sequence[Density],
) -> TailIntegrals | None:
    """The integrals beyond a start >= least, which is chosen so that they are known well enough.

    None where the behaviour of the tree at the place is not proven.
    """
    best: TailIntegrals | None = None
    first = max(least, _FAR if place.base is None else _CLOSE)
    try:
        for series in proven_series(tree, place, first):
            far = _Beyond(series, place, densities)
            found = TailIntegrals(series.start, far.parts(tolerances), far.sign)
            known = found.known(tolerances)
            if best is None or known > best.known(tolerances):
                best = found
            if known == len(tolerances):
                break
    except (SeriesError, ZeroDivisionError):
        pass
    return best


class _Beyond:
    """The integrals beyond the start of a series."""

    def __init__(self, series: Series, place: Place, densities: Sequence[Density]) -> None:
        self.series, self.place, self.start = series, place, series.start
        self.densities = densities
        self.rate = UNIT if place.base is None else T**-2  # dx/dt
        self.sign = settled_sign(series, series.start)

    def parts(self, tolerances: Sequence[float]) -> Sequence[Part]:
        if self.series.vanishes:
            return [arb(0)] * len(tolerances)
        rough = list(self._rough())
        narrow = [
            part is not None and (not part.is_finite() or part.rad() <= tolerance)
            for part, tolerance in zip(rough, tolerances, strict=True)
        ]
        if all(narrow):
            return rough
        return [
            mine if good or exact is None else exact
            for mine, good, exact in zip(rough, narrow, self._fine(), strict=True)
        ]

    # --- by the leading term alone ---

    def _rough(self) -> Iterator[Part]:
        """[0, bound] or INFINITE, from bounds of |e| by its leading monomial."""
        lead = self.series.terms[0][1] if self.series.terms else self.series.cut
        assert lead is not None
        square = lead**2 * self.rate
        integrands = [(1, arb(1), lead * self.rate), (2, arb(1), square)]
        for each in self.densities:
            falling = normal(each.deviation) if self.place.base is None else UNIT
            integrands.append((2, each.most, square * falling))
        try:
            size = sum((abs(c) * highest_of(m / lead, self.start) for c, m in self._all()), arb(0))
        except TooNear:
            size = None
        for power, most, m in integrands:
            if self.series.terms and self.sign and _diverges(m):
                yield INFINITE
                continue
            try:
                integral = None if size is None else size**power * most * beyond(m, self.start)
            except TooNear:
                integral = None
            yield None if integral is None else arb(0).union(integral.upper())

    def _all(self) -> Iterator[tuple[Any, Monomial]]:
        """All coefficients, and what the rest's may be, with their monomials."""
        for c, m in self.series.terms:
            yield ball(c), m
        if self.series.cut is not None:
            rest = ball(self.series.rest)
            yield (-rest).union(rest), self.series.cut

    # --- by all known terms ---

    def _fine(self) -> Sequence[Part]:
        signed = self._sum(self._all())
        first = None if signed is None or not self.sign else abs(signed)
        terms = list(self._all())
        second = self._sum((c * d, m * n) for c, m in terms for d, n in terms)
        if second is not None:
            second = second.max(arb(0))
        if second is None or self.place.base is None:
            return [first, second, *(None for _ in self.densities)]
        x = exact_ball(self.place.base) + self.place.side * arb(0).union(1 / arb(self.start))
        return [first, second, *(second * each.at(x) for each in self.densities)]

    def _sum(self, terms: Iterator[tuple[Any, Monomial]]) -> Part:
        """The sum of integrals, None where one is not known to exist."""
        total = arb(0)
        try:
            for c, m in terms:
                total += c * beyond(m * self.rate, self.start)
        except TooNear:
            return None
        return total


def highest_of(m: Monomial, start: float) -> Any:
    """The largest value of a monomial that is constant or falls from the start on."""
    return arb(1) if m == UNIT else highest(m, start)


def beyond(m: Monomial, start: float) -> Any:
    """The integral of a monomial over t from start to infinity. Raises TooNear if not known."""
    if not m.exponent and isinstance(m.log, int) and m.log >= 0:
        if not ball(m.power) < -1:
            raise TooNear("an integral is not finite")
        return _of_powers(ball(m.power), m.log, arb(start))
    for spare in _spares(m):
        if decreases(m * Monomial(power=1 + spare), start):
            return arb(0).union(size_ball(m, start) * start / exact_ball(spare))
    raise TooNear("a term still rises")


def _of_powers(power: Any, log: int, start: Any) -> Any:
    """The integral of t^power·(log t)^log beyond a start, by parts."""
    fall = -power - 1
    total = start.log() ** log * start ** (-fall) / fall
    return total + log / fall * _of_powers(power, log - 1, start) if log else total


def _spares(m: Monomial) -> tuple[Fraction, ...]:
    """Powers s, best first, for which m·t^(1+s) falls in the end."""
    if m.exponent:
        return Fraction(16), Fraction(1)
    if isinstance(m.power, int | Fraction) and m.power < -1:
        return ((-1 - Fraction(m.power)) / 2,)
    return ()


def _diverges(m: Monomial) -> bool:
    """Whether the integral of a monomial to infinity is proven to be infinite."""
    if m.exponent:
        growth = compare(Monomial(m.exponent), UNIT)
        if growth != 0:
            return growth > 0
    return bool(m.power > -1 or (m.power == -1 and m.log >= -1))
