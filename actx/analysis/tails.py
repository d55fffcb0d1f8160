"""Tails: the asymptote towards each infinite end, or how the formula grows where there is none."""

from __future__ import annotations

import math

from actx.analysis.results import Tail, Tails
from actx.arithmetic.coefficients import Number, SeriesError, to_float
from actx.arithmetic.monomials import UNIT, Monomial, T, compare
from actx.arithmetic.series import Place, Series
from actx.calculus.expansion import ask
from actx.calculus.pieces import Piecewise
from actx.core.domain import smaller
from actx.core.errors import AnalysisError


def tails(function: Piecewise) -> Tails:
    """Both tails; None for a finite end. Raises AnalysisError where a tail cannot be told."""
    left = _tail(function, -1) if function.lo == -math.inf else None
    right = _tail(function, 1) if function.hi == math.inf else None
    return Tails(left, right)


def _tail(function: Piecewise, side: int) -> Tail:
    piece = function.pieces[-1 if side > 0 else 0]
    try:
        return ask(piece.tree, Place(None, side), lambda series: _read(series, side))
    except SeriesError as reason:
        end = "inf" if side > 0 else "-inf"
        advice, part = smaller(float(function.lo), float(function.hi))
        raise AnalysisError(
            f"The tail of the formula towards {end} cannot be told: {reason}.",
            advice,
            domain=part,
        ) from None


def _read(series: Series, side: int) -> Tail:
    growth = _growth(series, side)
    infinite = [(c, m) for c, m in series.terms if compare(m, UNIT) > 0]
    if infinite and compare(infinite[0][1], T) > 0:
        return Tail(math.copysign(math.inf, to_float(infinite[0][0]) * side), None, growth)
    slope = to_float(series.coefficient(T)) * side
    slower = next((c for c, m in infinite if m != T), None)
    if slower is not None:
        return Tail(slope + 0.0, math.copysign(math.inf, to_float(slower)), growth)
    return Tail(slope + 0.0, to_float(series.coefficient(UNIT)) + 0.0, growth)


def _growth(series: Series, side: int) -> str:
    """The leading term in x, `0` where the tail is exactly zero or below all known terms."""
    if not series.terms:
        return "0"
    c, m = series.terms[0]
    return _term(to_float(c), m, side)


def _term(c: float, m: Monomial, side: int) -> str:
    factors = []
    if m.power:
        whole = m.power == int(m.power)
        if side < 0 and whole:
            c *= -1 if int(m.power) % 2 else 1
        base = "x" if side > 0 or whole else "(-x)"
        factors.append(base if m.power == 1 else f"{base}^{_number(m.power)}")
    if m.log:
        base = "log(x)" if side > 0 else "log(-x)"
        factors.append(base if m.log == 1 else f"{base}^{_number(m.log)}")
    if m.exponent:
        inner = " + ".join(_term(to_float(d), n, side) for d, n in m.exponent)
        factors.append(f"exp({inner.replace('+ -', '- ')})")
    if not factors:
        return _number(c)
    text = "*".join(factors)
    return text if c == 1 else f"-{text}" if c == -1 else f"{_number(c)}*{text}"


def _number(value: Number) -> str:
    text = f"{to_float(value):.6g}"
    return f"({text})" if text.startswith("-") and not isinstance(value, float) else text
