"""Whether what came out of a family is still a formula of that family.

A parameter that comes out as 0 or infinite, or has no effect, leaves the formula of a simpler
family, which is searched by itself; so does a polynomial without its leading term.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from actx.calculus.pieces import pieces
from actx.calculus.proven.identity import proven_equal
from actx.core.domain import Domain
from actx.core.errors import ActxError
from actx.fitting.horner import Part
from actx.language.tree import Node, number, parameter, simplified, substitute
from actx.studies.search.families import FreeParameter, Kind, Member
from actx.studies.search.pareto import TIE

Size = Callable[[Node], float]

_MOVED = 1 + 2.0**-12  # by what part a parameter is changed to see whether that changes anything
_FAR = 1e6  # times its bound: as good as infinite
_LOWER = "The leading coefficient comes out as 0; what is left is of a lower degree."


def template_misnomer(
    template: Node,
    values: Mapping[str, float],
    bounds: Mapping[str, FreeParameter],
    domain: Domain,
    error: float,
    size: Size,
) -> str | None:
    """Why a fitted template is no longer what it is called; None where it is.

    bounds: of the parameters that have some. size: the error of a formula, which raises ActxError
    or ArithmeticError where it has none; error: that of the template with these values.
    """
    for name, value in values.items():
        if math.isinf(value):
            return f"{name} grows without end."
        if value == 0 or _without(template, values, name, 0.0, error, size):
            return f"{name} may as well be 0; what is left is a simpler formula."
        if not _has_effect(template, values, name, domain):
            return f"{name} has no effect where the other parameters come out."
        bound = bounds.get(name)
        if bound is None or value not in (bound.lower, bound.upper):
            continue
        far = value * _FAR if value == bound.upper and value > 0 else value / _FAR
        if _without(template, values, name, far, error, size):
            return f"{name} runs to its bound, {value:g}, and would go on."
    return None


def _bound(template: Node, values: Mapping[str, float]) -> Node:
    put_in = {parameter(name): number(value) for name, value in values.items()}
    return substitute(template, put_in, simplified)


def _without(
    template: Node, values: Mapping[str, float], name: str, other: float, error: float, size: Size
) -> bool:
    """Whether another value of a parameter is no worse."""
    try:
        return size(_bound(template, {**values, name: other})) <= error * (1 + TIE)
    except (ActxError, ArithmeticError):
        return False


def _has_effect(template: Node, values: Mapping[str, float], name: str, domain: Domain) -> bool:
    """Whether another value of a parameter makes another function, piece by piece."""
    here = pieces(_bound(template, values), domain.lo, domain.hi).pieces
    for other in (values[name] * _MOVED, values[name] / _MOVED):
        there = pieces(_bound(template, {**values, name: other}), domain.lo, domain.hi).pieces
        if [(p.lo, p.hi, p.tree) for p in here] != [(p.lo, p.hi, p.tree) for p in there]:
            return True
    return False


def polynomial_misnomer(
    member: Member, parts: Sequence[Part], edges: Sequence[float], error: float
) -> str | None:
    """Why polynomials, a quotient or a spline are no longer what they are called.

    parts: between the edges.
    """
    if member.family.kind is Kind.RATIONAL:
        sides = zip((parts[0].numerator, parts[0].denominator), member.degree, strict=True)
        return None if all(any(c[degree:]) for c, degree in sides) else _LOWER
    least = TIE * error
    if not any(
        _leading(part, *ends, member.degree[0]) > least
        for part, ends in zip(parts, pairwise(edges), strict=True)
    ):
        return _LOWER
    if member.knots is None and any(proven_equal(p.tree, q.tree) for p, q in pairwise(parts)):
        return "Neighbouring pieces are the same; what is left has fewer."
    return None


def _leading(part: Part, lo: float, hi: float, degree: int) -> float:
    """The largest size of a part's term of that degree."""
    if len(part.numerator) <= degree:
        return 0.0
    centre = float(part.centre)
    return abs(float(part.numerator[degree])) * max(abs(lo - centre), abs(hi - centre)) ** degree
