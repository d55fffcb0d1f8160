"""Broken lines with the least mean square over inputs as they occur: knots and values together.

Starts are the knots that are best for many pieces, whose density is (p f''²)^(1/5) for inputs of
density p (de Boor, Good approximation by splines with variable knots, 1973), and those for the
largest error, whose density is f''^(1/2). From each, steps of Levenberg and Marquardt move knots
and values; that no places are better is not proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import splu

from actx.core.arrays import Array
from actx.core.samples import Samples
from actx.fitting.tables.function import Function

_CELLS = 2000  # in which the inputs are counted for a start
_EVENLY = 0.02  # of the mean density of knots: the least one
_BESIDE = 1024  # places in all of the domain, so that a piece without inputs follows the function
_LIGHT = 1e-9  # what these weigh together, in comparison with all inputs
_STEPS = 200
_ENOUGH = 1e-10  # relative: a step that lowers the mean square by less is the last one
_MOST_DAMPING = 1e12
_NEARER = 0.5  # of a gap: by how much a step may narrow it at most


def line_knots(points: Points, ends: tuple[float, float], count: int) -> list[float]:
    """The knots inside the domain of so many lines that meet."""
    found = [
        _moved(points, np.array([ends[0], *inner, ends[1]]))
        for inner in starts(points, ends, count)
    ]
    best = min(found, key=lambda each: each[0])[1]
    return [float(k) for k in best[1:-1]]


def line_values(points: Points, knots: Sequence[float]) -> list[float]:
    """The values at knots, ends included, with the least mean square."""
    return [float(v) for v in _values(points, np.array(knots, dtype=float))]


class Points:
    """Places, the roots of what they weigh, and the function there; rising.

    beside: whether there are light ones in all of the domain as well.
    """

    def __init__(self, function: Function, inputs: Samples, beside: bool = True) -> None:
        lo, hi = function.domain.lo, function.domain.hi
        count = _BESIDE if beside else 0
        inside = (inputs.values >= lo) & (inputs.values <= hi)
        x = np.append(inputs.values[inside], np.linspace(lo, hi, count))
        weights = np.append(inputs.shares[inside], np.full(count, _LIGHT / _BESIDE))
        order = np.argsort(x, kind="stable")
        self.x, self.root = x[order], np.sqrt(weights[order])
        self.f = function(self.x)


def starts(points: Points, ends: tuple[float, float], count: int, degree: int = 1) -> list[Array]:
    """Knots inside the domain to begin with, for pieces of a degree."""
    edges = np.linspace(*ends, _CELLS + 1)
    share = np.histogram(points.x, edges, weights=points.root**2)[0]
    at = np.interp(edges, points.x, points.f)
    bend = np.abs(np.diff(at, degree + 1))
    bend = np.interp(np.arange(_CELLS), np.arange(bend.size) + degree / 2, bend)
    parts = np.arange(1, count) / count
    found = []
    power = degree + 1
    for density in ((share * bend**2) ** (1 / (2 * power + 1)), bend ** (1 / power)):
        mean = float(density.mean()) or 1.0
        reach = np.append(0.0, np.cumsum(density / mean + _EVENLY))
        found.append(np.asarray(np.interp(parts, reach / reach[-1], edges)))
    return found


def _hats(x: Array, knots: Array) -> tuple[csr_matrix, Any]:
    """The hat function of each knot at places, and the piece of each place."""
    piece = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, knots.size - 2)
    share = (x - knots[piece]) / (knots[piece + 1] - knots[piece])
    rows = np.repeat(np.arange(x.size), 2)
    columns = np.column_stack([piece, piece + 1]).ravel()
    entries = np.column_stack([1 - share, share]).ravel()
    return csr_matrix((entries, (rows, columns)), shape=(x.size, knots.size)), piece


def _values(points: Points, knots: Array) -> Array:
    """The best values at knots."""
    hats = diags(points.root) @ _hats(points.x, knots)[0]
    return _solved(hats, points.root * points.f, 0.0)


def _solved(matrix: csr_matrix, goal: Array, damping: float) -> Array:
    """The least squares of a matrix, damped by a share of each unknown's own."""
    normal = (matrix.T @ matrix).tocsc()
    own = normal.diagonal()
    own = damping * own + 1e-14 * max(float(own.max()), 1e-300)
    found: Array = splu((normal + diags(own)).tocsc()).solve(np.asarray(matrix.T @ goal))
    return found


def _moved(points: Points, knots: Array) -> tuple[float, Array]:
    """The mean square and the knots that a start leads to."""
    values = _values(points, knots)
    damping = 1e-3
    rest, hats, piece = _rest(points, knots, values)
    square = float(rest @ rest)
    for _ in range(_STEPS):
        slopes = np.diff(values) / np.diff(knots)
        # A knot that moves to the right takes the line with it, by its slope on each side.
        moving = diags(-points.root * slopes[piece]) @ hats[:, 1:-1]
        matrix = _beside(diags(points.root) @ hats, moving)
        step = _solved(matrix, -rest, damping)
        part = _held(knots, step[knots.size :])
        after = knots.copy()
        after[1:-1] += part * step[knots.size :]
        new_values = _values(points, after)
        new = _rest(points, after, new_values)
        new_square = float(new[0] @ new[0])
        if new_square < square:
            small = square - new_square <= _ENOUGH * square
            knots, values, square = after, new_values, new_square
            rest, hats, piece = new
            damping = max(damping / 4, 1e-12)
            if small:
                break
        else:
            damping *= 8
            if damping > _MOST_DAMPING:
                break
    return square, knots


def _beside(one: csr_matrix, other: csr_matrix) -> csr_matrix:
    from scipy.sparse import hstack

    return hstack([one, other], format="csr")


def _rest(points: Points, knots: Array, values: Array) -> tuple[Array, csr_matrix, Any]:
    """What is left at each place by its weight, with the hats and pieces there."""
    hats, piece = _hats(points.x, knots)
    return points.root * (hats @ values - points.f), hats, piece


def _held(knots: Array, step: Array) -> float:
    """What part of a step leaves half of each gap at least."""
    gaps = np.diff(knots)
    narrower = -np.diff(np.concatenate([[0.0], step, [0.0]]))
    worst = float(np.max(narrower / gaps, initial=0.0))
    return min(1.0, _NEARER / worst) if worst > 0 else 1.0
