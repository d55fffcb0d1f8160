"""How large the error of a table is on its domain, proven piece by piece."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import ctx

from actx.arithmetic.tables import Table
from actx.calculus.proven.enclose import exact_ball
from actx.core.budget import PRECISION, Budget
from actx.core.domain import Domain
from actx.fitting.horner import Part as Written
from actx.fitting.linear.columns import Polynomials, Quotient
from actx.fitting.linear.strips import Error, Part, Strip, spread, strips_of
from actx.fitting.linear.upper import Upper, covered
from actx.language.tree import Node

_NOTHING = 1e-24  # of the target: an error below is as good as none
_LOOKED_AT = 9  # points of each strip, for where the error is large


def error_of(target: Node, domain: Domain, table: Table, budget: Budget) -> Upper:
    """An enclosure of the largest |table - target| on a finite domain, ends included.

    Raises AnalysisError where the target cannot be cut into smooth pieces.
    """
    lo, hi = (Fraction(repr(float(x))) for x in (domain.lo, domain.hi))
    inner = [k for k in table.knots if lo < k < hi]
    strips, parts = [], {}
    for a, b in pairwise([lo, *inner, hi]):
        row = table.row_at(a)
        written = Written(table.origin(row), table.rows[row])
        for strip in strips_of(Part(Polynomials([]), target, "value", domain, between=(a, b))):
            strips.append(strip)
            parts[strip.part] = written
    with ctx.workprec(PRECISION):
        quotients = {part: Quotient.of(written) for part, written in parts.items()}
        error = Error(lambda strip: quotients[strip.part])
        return covered(strips, error, _near(strips, error), _NOTHING * _size(strips), budget)


def _size(strips: list[Strip]) -> float:
    """About how large the target is."""
    values = (strip.values(exact_ball(x))[0] for strip in strips for x in spread(strip, 3))
    return max((float(abs(v).mid()) for v in values if v.is_finite()), default=0.0)


def _near(strips: list[Strip], error: Error) -> list[tuple[Strip, Any]]:
    """A few places on each strip, so that it is known early how large the error is at least."""
    places = []
    for strip in strips:
        found = [(abs(error.value(strip, exact_ball(x))), x) for x in spread(strip, _LOOKED_AT)]
        known = [(float(size.mid()), x) for size, x in found if size.is_finite()]
        if known:
            places.append((strip, strip.within(max(known)[1])))
    return places
