"""The zero of a function between two points of opposite signs."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

_ROUNDS = 2000  # bisection from 1e308 to 1e-308 takes as many halvings as there are exponents
_LEAST = 1e-300
_NEAR = 2 * sys.float_info.epsilon


def bracketed(
    function: Callable[[float], float], lo: float, hi: float, width: float = _LEAST
) -> float:
    """The zero between two points of opposite signs, to the last places of float64.

    width: of a bracket that is narrow enough; relative to the zero it is a few last places. Where
    the signs do not differ, the end with the smaller value is returned.

    Inverse quadratic interpolation where three points are so placed that it is monotone between
    them, else bisection: T. R. Chandrupatla, A new hybrid quadratic/bisection algorithm for finding
    the zero of a nonlinear function, Adv. Eng. Softw. 28 (1997), 145-149. It is as quick as Brent's
    method and a part of actx as the import of scipy.optimize takes longer than a comparison.
    """
    if lo < 0 < hi and function(0.0) == 0:  # else a thousand steps lead there
        return 0.0
    a, b = hi, lo
    at_a, at_b = function(a), function(b)
    part = 0.5
    for _ in range(_ROUNDS):
        best, least = (a, at_a) if abs(at_a) < abs(at_b) else (b, at_b)
        narrow = (_NEAR * abs(best) + width / 2) / abs(b - a) if a != b else 1.0
        if least == 0 or narrow > 0.5 or (at_a > 0) == (at_b > 0):
            return best
        x = a + min(max(part, narrow), 1 - narrow) * (b - a)
        value = function(x)
        if (value > 0) == (at_a > 0):
            c, at_c = a, at_a
        else:
            c, at_c, b, at_b = b, at_b, a, at_a
        a, at_a = x, value
        part = _inverse_quadratic(a, b, c, at_a, at_b, at_c)
    return a if abs(at_a) < abs(at_b) else b


def _inverse_quadratic(
    a: float, b: float, c: float, at_a: float, at_b: float, at_c: float
) -> float:
    """The part of the way from a to b at which a parabola through three points is 0; or 1/2."""
    if not (math.isfinite(at_b) and math.isfinite(at_c)) or b == c:
        return 0.5
    across, up = (a - b) / (c - b), (at_a - at_b) / (at_c - at_b)
    if not (up * up < across and (1 - up) ** 2 < 1 - across):
        return 0.5
    first = at_a / (at_b - at_a) * at_c / (at_b - at_c)
    return first + (c - a) / (b - a) * at_a / (at_c - at_a) * at_b / (at_c - at_b)
