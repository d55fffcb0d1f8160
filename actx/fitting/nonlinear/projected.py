"""Values spread over the parameters that are not linear, with the best of the linear ones for each.

(Golub and Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems,
SIAM J. Numer. Anal. 10, 1973; Lawson's weights turn least squares into a small largest error.)
"""

from __future__ import annotations

import numpy as np

from actx.calculus.values import program
from actx.core.arrays import Array
from actx.fitting.nonlinear.spread import Spread
from actx.fitting.problem.problem import Problem
from actx.fitting.problem.switches import switches
from actx.language.derivative import by_parameter
from actx.language.tree import Node, parameters

_PLACES = (1, 96, 24, 9, 5)  # along each parameter that is not linear, by their number
_EDGE = 0.02  # of a range, that the first place is away from its end
_LAWSON = 8  # times that the weights are adapted
_RIDGE = 1e-13


def projected(problem: Problem, spread: Spread, samples: Array) -> Array:
    """Such values as rows; none where no parameter is linear, or too many are not."""
    linear = linear_parameters([f for f, _ in problem.pairs], problem.names)
    others = [i for i in range(len(problem.names)) if i not in linear]
    if not linear or len(others) >= len(_PLACES):
        return np.empty((0, len(problem.names)))
    p = _grid(spread, others)
    found: Array = np.clip(_solved(problem, samples, p, linear), spread.lower, spread.upper)
    return found[np.isfinite(found).all(axis=1)]


def linear_parameters(trees: list[Node], names: tuple[str, ...]) -> list[int]:
    """Parameters in which all trees are linear together, chosen in their order."""
    chosen: list[int] = []
    switching = {n for f in trees for switch in switches(f) for n in parameters(switch)}
    needed = [{n for f in trees for n in parameters(by_parameter(f, name))} for name in names]
    for i, name in enumerate(names):
        mine = [*chosen, i]
        apart = not any(names[j] in needed[k] for j in mine for k in mine)
        if apart and name not in switching:  # a step has no slope, and is not linear
            chosen.append(i)
    return chosen


def _grid(spread: Spread, others: list[int]) -> Array:
    """Places all over the ranges of some parameters; the others are 0, or as near as allowed."""
    zero = np.clip(0.0, spread.lower, spread.upper)
    ends = spread.to_unit(spread.lower), spread.to_unit(spread.upper)
    share = np.linspace(_EDGE, 1 - _EDGE, _PLACES[len(others)])
    axes = [ends[0][i] + share * (ends[1][i] - ends[0][i]) for i in others]
    mesh = np.meshgrid(*axes, indexing="ij")
    units = np.tile(spread.to_unit(zero), (share.size ** len(others), 1))
    for i, places in zip(others, mesh, strict=True):
        units[:, i] = places.ravel()
    p = spread.from_unit(units)
    p[:, [i for i in range(zero.size) if i not in others]] = zero[
        [i for i in range(zero.size) if i not in others]
    ]
    return p


def _solved(problem: Problem, x: Array, p: Array, linear: list[int]) -> Array:
    """The rows with nearly the best values of the linear parameters put in."""
    rows, rests = [], []
    for f, g in problem.pairs:
        slopes = [by_parameter(f, problem.names[i]) for i in linear]
        columns = program(*slopes, f, parameters=problem.names)(x, *p.T[..., None])
        shape = (len(p), x.size)
        *basis, value = (np.broadcast_to(c, shape) for c in columns)
        held = sum(p[:, [i]] * b for i, b in zip(linear, basis, strict=True))
        rows.append(np.stack(basis, axis=-1))
        rests.append(program(g)(x)[0] - value + held)
    table, goal = np.concatenate(rows, axis=1), np.concatenate(rests, axis=1)
    known = np.isfinite(goal) & np.isfinite(table).all(axis=2)
    table, goal = np.where(known[..., None], table, 0.0), np.where(known, goal, 0.0)
    scale = np.abs(table).max(axis=1, keepdims=True) + 1e-300
    table = table / scale
    weights = np.ones(goal.shape)
    found = p.copy()
    for _ in range(_LAWSON):
        squares = np.einsum("bsi,bs,bsj->bij", table, weights, table)
        trace = np.einsum("bii->b", squares)[:, None, None] + 1e-300
        squares += _RIDGE * trace * np.eye(len(linear))
        sides = np.einsum("bsi,bs,bs->bi", table, weights, goal)
        c = np.linalg.solve(squares, sides[..., None])[..., 0]
        off = np.abs(np.einsum("bsi,bi->bs", table, c) - goal)
        weights = weights * (off + 1e-12 * off.max(axis=1, keepdims=True) + 1e-300)
        weights /= weights.sum(axis=1, keepdims=True)
    found[:, linear] = c / scale[:, 0]
    return found
