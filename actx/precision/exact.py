"""The exact function at numbers of a type: its values to well below the type's own rounding.

float64 does for most; interval arithmetic tells where it does not, as by cancellation. There balls
of rising precision take over, and far out, where float64 overflows on the way, the series of the
tail.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from actx.arithmetic.coefficients import SeriesError, to_float
from actx.arithmetic.monomials import size_at
from actx.arithmetic.series import Place, Series, evaluate
from actx.calculus.enclosure import enclosure
from actx.calculus.expansion import ask
from actx.calculus.pieces import Piecewise, pieces
from actx.calculus.values import evaluate as evaluate_tree
from actx.core.errors import AnalysisError
from actx.language.tree import Node
from actx.precision.number_types import Doubles, NumberType

Mask = NDArray[np.bool_]
Known = tuple[Doubles, Doubles]  # values, and by how much each may be off
FAR = 20.0  # nearer to 0 nothing overflows on the way
_ENOUGH = 2.0**-8  # of the type's distance of numbers: how closely a value must be known
_OFF = 2.0**-46  # of a value: by how much float64 may miss it without cancellation
_NEGLIGIBLE = 2.0**-80
_PRECISIONS = (96, 256, 1024, 4096)  # bits of the balls, in turn
_NEAR = 1e-12  # so near to a breakpoint (in its size) it is not asked on which side x lies
MOST_BALLS = 40_000  # values for which balls are made, at some microseconds each


class Exact:
    """One function of a comparison.

    tree: the formula; function: its pieces on the domain. `careful` and `quick` take a float64
    array and return the values in float64, infinite where they are beyond the type, and by how
    much each may be off.
    """

    def __init__(self, tree: Node, function: Piecewise, number_type: NumberType) -> None:
        self.tree = tree
        self._function = function
        self._type = number_type
        self._breakpoints = np.array([float(b) for b in function.breakpoints])
        self._tails = {side: _tail(tree, side) for side in (-1, 1)}

    def careful(self, x: Doubles) -> Known:
        """The values, each known to a small part of the type's distance of numbers there.

        x: ascending. NaN where the function has no value or it cannot be found.
        """
        lo, hi = self._enclosures(x)
        with np.errstate(all="ignore"):
            off = hi - lo
            values = evaluate_tree(self.tree, x)  # as a rule nearer than the middle
            outside = ~((lo <= values) & (values <= hi))
            values[outside] = lo[outside] + off[outside] / 2
            open_ = ~(np.isfinite(values) & (off <= _ENOUGH * self._type.ulp(values)))
        for sign, inner in ((1, lo), (-1, hi)):
            beyond = sign * inner > 2 * self._type.largest
            values[beyond] = sign * np.inf
            open_ &= ~beyond
        filled = self._fill_tails(x, values, open_)
        self._fill_balls(x, values, np.flatnonzero(open_ & ~filled))
        off[open_] = _OFF * np.abs(values[open_])
        return values, off

    def _enclosures(self, x: Doubles) -> tuple[Doubles, Doubles]:
        """Proven bounds of the values by interval arithmetic, infinite near breakpoints."""
        lo, hi = np.full(x.size, -np.inf), np.full(x.size, np.inf)
        edges = [0, *np.searchsorted(x, self._breakpoints).tolist(), x.size]
        with np.errstate(all="ignore"):
            for piece, start, end in zip(self._function.pieces, edges, edges[1:], strict=False):
                if start < end:
                    box = (x[start:end], x[start:end])
                    lo[start:end], hi[start:end] = enclosure(piece.tree)(box)[0]
        for breakpoint in self._breakpoints:
            near = np.abs(x - breakpoint) <= _NEAR * abs(breakpoint)
            lo[near], hi[near] = -np.inf, np.inf
        return lo, hi

    def quick(self, x: Doubles) -> Known:
        """The values as float64 computes them, from the tails where it breaks down on the way."""
        values = evaluate_tree(self.tree, x)
        if np.isnan(values.min()):
            self._fill_tails(x, values, np.isnan(values))
        return values, np.abs(values) * _OFF

    def _fill_tails(self, x: Doubles, values: Doubles, lost: Mask) -> Mask:
        """Put the tails' values in the places that are lost, in place; returns where that is."""
        filled = np.zeros(x.size, dtype=bool)
        for side, tail in self._tails.items():
            if tail is None:
                continue
            series, beyond = tail
            places = lost & (side * x > max(beyond, FAR))
            if places.any():
                found = _series_values(series, np.abs(x[places]))
                if found is not None:
                    values[places] = found
                    filled |= places
        return filled

    def _fill_balls(self, x: Doubles, values: Doubles, places: NDArray[np.intp]) -> None:
        """Put the values at some places by balls, in place; beyond MOST_BALLS they are unknown."""
        values[places] = np.nan
        for place in places[:: max(1, -(-places.size // MOST_BALLS))].tolist():
            values[place] = self._by_balls(float(x[place]))

    def _by_balls(self, x: float) -> float:
        from flint import arb, ctx

        from actx.calculus.proven.enclose import ball_program

        for precision in _PRECISIONS:
            with ctx.workprec(precision):
                ball = ball_program(self.tree, precision=precision)(arb(x))[0]
                if not ball.is_finite():
                    continue
                if ball.abs_lower() > 2 * self._type.largest:
                    return math.inf if ball > 0 else -math.inf
                value = float(ball.mid())
                width = float(ball.rad())
                if width <= _ENOUGH * float(self._type.ulp(np.array(value))):
                    return value
        return math.nan


def _tail(tree: Node, side: int) -> tuple[Series, float] | None:
    """The series towards one end of the line, if there is one, and from which |x| on it holds."""
    try:
        function = pieces(tree)
        outer = function.pieces[-1 if side > 0 else 0]
        series = ask(outer.tree, Place(None, side), _with_terms)
    except (AnalysisError, SeriesError):
        return None
    beyond = max(series.start, *(abs(float(b)) for b in (*function.breakpoints, 0)))
    return series, beyond


def _with_terms(series: Series) -> Series:
    if not series.terms:
        series.limit()  # raises where more terms are needed
    return series


def _series_values(series: Series, t: Doubles) -> Doubles | None:
    """The sum of a series' terms at each t, None where its rest may matter at the nearest t."""
    nearest = float(t.min())
    total = abs(evaluate(series, nearest))
    if series.cut is not None and size_at(1, series.cut, nearest) > _NEGLIGIBLE * total:
        return None
    values = np.zeros(t.size)
    for c, m in reversed(series.terms):
        if size_at(c, m, nearest) <= _NEGLIGIBLE * total:
            continue
        if m.exponent or m.log:
            return None
        values += to_float(c) * t ** to_float(m.power)
    return values
