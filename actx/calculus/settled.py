"""From where on a formula is ruled by its leading term at a place of the extended line."""

from __future__ import annotations

import math
from dataclasses import dataclass

from actx.arithmetic.coefficients import SeriesError, Undetermined, quotient
from actx.arithmetic.monomials import UNIT, compare, vanishing_from
from actx.arithmetic.series import Place, Series
from actx.calculus.expansion import SIZES, ask, expander
from actx.language.tree import Node

_NOTHING = 1e-30
_MARGIN = 0.5  # all other terms together are at most this part of the leading one


@dataclass(frozen=True)
class Settled:
    """Beyond `x` towards the place the sign is `sign`, as the leading term's.

    sign 0: the function is zero there, or smaller than anything float64 could tell from zero.
    """

    x: float
    sign: int


def settled(tree: Node, place: Place, order: int = 0) -> Settled:
    """Where the derivative of the given order of a smooth tree gets its final sign.

    Raises SeriesError where there is none (it oscillates, or is not defined near the place).
    """

    def read(series: Series) -> Settled:
        if series.vanishes:
            return Settled(place.x(series.start), 0)
        sign = series.sign()
        t = _dominated_from(series)
        if t == math.inf:
            raise Undetermined("the leading term does not rule within the range of float64")
        return Settled(place.x(t), sign)

    try:
        return ask(tree, place, read, order)
    except Undetermined:
        return _negligible(tree, place)


def _negligible(tree: Node, place: Place) -> Settled:
    """Where a tree whose known terms all cancel is too small to matter, as a bump is far out."""
    series = expander(place, SIZES[-1]).series(tree)
    if series.terms or series.cut is None or compare(series.cut, UNIT) >= 0:
        raise Undetermined("the terms known so far cancel")
    t = max(series.start, vanishing_from((), series.cut, _NOTHING))
    return Settled(place.x(t), 0)


def _dominated_from(series: Series) -> float:
    """A t from which the leading term outweighs all others."""
    c, m = series.terms[0]
    rest = [(quotient(d, c), n / m) for d, n in series.terms[1:]]
    cut = None if series.cut is None else series.cut / m
    return max(series.start, vanishing_from(rest, cut, _MARGIN))


__all__ = ["SeriesError", "Settled", "settled"]
