"""Functions that repeat themselves: what holds of one period holds of all."""

from __future__ import annotations

import math
from fractions import Fraction

from actx.analysis.monotone import turning
from actx.analysis.supremum import Supremum, supremum
from actx.calculus.pieces import pieces
from actx.calculus.proven.pieces import verify
from actx.core.budget import Budget
from actx.core.errors import AnalysisError
from actx.language.derivative import derivative
from actx.language.tree import NUMBER, ONE, Node, X, as_fraction, parameter, replace, walk

_CIRCULAR = ("sin", "cos", "tan")
_MOST_RATES = 40
_LONGEST = 200.0  # a period in which the values are looked for
_MARGIN = 1e-9
_SECONDS = 0.5


def period(tree: Node) -> float | None:
    """A period of a formula in which x stands in sin, cos and tan alone; None for another one.

    It is 2*pi over the greatest common divisor of the rates, a little more as a float. A rate may
    be that of an argument but for what is periodic itself, as in sin(x + cos(2x)).
    """
    rates: list[Fraction] = []
    while len(rates) < _MOST_RATES:
        inner = (p for p in walk(tree) if p.op in _CIRCULAR and _holds_x(p))
        part = next((p for p in inner if _is_linear(p.args[0])), None)
        if part is None:
            break
        rates.append(as_fraction(derivative(part.args[0])))
        tree = replace(tree, part, parameter(f"periodic, {len(rates)}"))  # which no text can give
    if not any(rates) or _holds_x(tree):
        return None
    shared = math.gcd(*(r.numerator for r in rates)) / math.lcm(*(r.denominator for r in rates))
    return 2 * math.pi / shared * (1 + _MARGIN)


def _is_linear(tree: Node) -> bool:
    """Whether it is a number times x, and something without x."""
    if tree is X or not _holds_x(tree):
        return True
    a, b = tree.args if len(tree.args) == 2 else (tree.args[0], ONE)
    if tree.op in ("add", "sub", "neg"):
        return _is_linear(a) and _is_linear(b)
    if tree.op == "mul" and a.op == NUMBER:
        return _is_linear(b)
    return tree.op in ("mul", "div") and b.op == NUMBER and _is_linear(a)


def _holds_x(tree: Node) -> bool:
    return any(part is X for part in walk(tree))


def bounds_of_a_period(tree: Node, end: float, side: int) -> tuple[Supremum, Supremum] | None:
    """The suprema, proven, of the opposite of what repeats itself beyond an end, and of itself.

    None where it is not periodic, or they are not proven or infinite. side: 1 where it goes on to
    the right.
    """
    length = period(tree)
    if length is None or length > _LONGEST:
        return None
    budget, other = Budget(_SECONDS), end + side * (length + _MARGIN * abs(end))
    try:
        function = pieces(tree, *sorted((end, other)))
    except AnalysisError:
        return None
    verified, turns = verify(tree, function, budget), turning(function.pieces)
    found = supremum(verified, -1, turns, budget), supremum(verified, 1, turns, budget)
    known = all(bound.proven and math.isfinite(bound.lo) for bound in found)
    return found if verified.exact and known else None
