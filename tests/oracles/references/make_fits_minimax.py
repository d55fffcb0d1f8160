"""Write fits_minimax.json: minimax parameters of templates against mish, to 30 digits.

Run by hand (a minute): python tests/oracles/references/make_fits_minimax.py
No code of the package is used. What is to be small is the error, its derivative, the larger of
both, the error times a weight, or the error relative to mish. scipy finds where the optimum is, on
a grid and in a box of parameters. There mpmath solves, by Newton's method, for the n parameters p,
the level h, and the places x_i and multipliers m_i of the extrema that are largest together:

    s_i e(x_i; p) = h,   e'(x_i; p) = 0 where x_i is no end or breakpoint,
    sum m_i = 1,   sum m_i s_i de(x_i)/dp = 0.

As a rule these are n + 1 extrema (the alternation), and multipliers > 0 prove that no direction
lowers all of them. Where they are fewer ("corner": false), p is held by how the extrema bend, and
it is checked that steps along the directions that leave all of them as they are raise the largest
error; it rises only with the square of the step, so that p is then ill-conditioned. It is checked
as well that neither another extremum nor any of a few thousand more points has a larger error, and
that nothing in the box was seen to be better.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from handwritten import MP, NP, Jet, Number, derivatives, mish
from make_fits import clip_breaks, clip_middle, flat, newton, straight
from mpmath import mp
from numerics import roots, text, write
from scipy.optimize import differential_evolution, minimize

INF = mp.inf
Family = Callable[..., Number]  # (context, x, *parameters) -> value

SHOWN = 30
EQUAL = mp.mpf(10) ** -28  # levels that differ by less are equal
SHARED = mp.mpf(10) ** -3  # of an error found by scipy, to the largest
SAMPLES = 4001


# What is to be small -------------------------------------------------------------------------


def mish_slope(k: Any, x: Number) -> Number:
    t = k.tanh(k.softplus(x))
    return t + x * (1 - t * t) * k.sigmoid(x)


def error(f: Family) -> Family:
    return lambda k, x, *p: f(k, x, *p) - mish(k, x)


def slope_error(slope: Family) -> Family:
    return lambda k, x, *p: slope(k, x, *p) - mish_slope(k, x)


def weighted(f: Family) -> Family:
    return lambda k, x, *p: k.exp(-(x * x) / 2) * (f(k, x, *p) - mish(k, x))


def relative(f: Family) -> Family:
    return lambda k, x, *p: f(k, x, *p) / mish(k, x) - 1  # mish > 0 where this is used


@dataclass(frozen=True)
class Problem:
    """Errors to be small at once, each in smooth parts between breakpoints that move.

    options: what `actx.fit` is told besides template, domain and norm.
    """

    template: str
    parameters: tuple[str, ...]
    errors: tuple[tuple[Family, ...], ...]
    box: tuple[tuple[float, float], ...]
    low: float = -INF
    high: float = INF
    breaks: Callable[..., list[Number]] = lambda *p: []
    options: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    def part(self, which: int, x: Number, p: Sequence[Number]) -> Family:
        return self.errors[which][sum(1 for b in self.breaks(*p) if x > b)]

    def value(self, which: int, x: Number, p: Sequence[Number]) -> Number:
        return self.part(which, x, p)(MP, x, *p)

    def bound(self, f: Family, p: Sequence[Number]) -> Callable[[Any, Number], Number]:
        """An error as a function of x alone, in mpmath or in long doubles."""
        rough = [np.longdouble(text(mp.mpf(v), 22)) for v in p]
        return lambda k, x: f(k, x, *(p if k is MP else rough))


@dataclass(frozen=True)
class Spot:
    """An extremum: of which error, where, and what holds it: "", "end" or "break <i>"."""

    which: int
    x: Number
    held: str


def spots(t: Problem, p: Sequence[Number]) -> list[Spot]:
    """Everywhere |error| can be largest."""
    found = []
    ends = [-INF, *t.breaks(*p), INF]
    for which, parts in enumerate(t.errors):
        for i, part in enumerate(parts):
            low, high = max(ends[i], mp.mpf(t.low)), min(ends[i + 1], mp.mpf(t.high))
            if low < high:
                inner = roots(t.bound(part, p), low, high, order=1)
                found += [Spot(which, x, "") for x in inner]
        found += [Spot(which, b, f"break {i}") for i, b in enumerate(t.breaks(*p))]
        found += [Spot(which, mp.mpf(v), "end") for v in (t.low, t.high) if mp.isfinite(v)]
    return [s for s in found if t.low <= s.x <= t.high]


# Where the optimum is, in float64 ----------------------------------------------------------------


class Grid:
    """The errors on a grid in float64, and at the breakpoints."""

    def __init__(self, t: Problem, count: int) -> None:
        self.t = t
        low, high = max(float(t.low), -12.0), min(float(t.high), 12.0)
        self.x = np.linspace(low, high, count)

    def __call__(self, p: Sequence[float]) -> np.ndarray:
        breaks = [min(max(float(b), self.x[0]), self.x[-1]) for b in self.t.breaks(*p)]
        x = np.append(self.x, breaks)
        place = sum((x > b for b in breaks), np.zeros(len(x), int))
        rows = []
        with np.errstate(all="ignore"):
            for parts in self.t.errors:
                e = np.zeros(len(x))
                for i, part in enumerate(parts):
                    here = place == i
                    if here.any():
                        e[here] = part(NP, x[here], *p)
                rows.append(e)
        return np.nan_to_num(np.concatenate(rows), nan=1e9, posinf=1e9, neginf=-1e9)

    def largest(self, p: Sequence[float]) -> float:
        return float(np.max(np.abs(self(p))))


def coarse(t: Problem) -> tuple[np.ndarray, float]:
    """The best parameters in the box, by differential evolution, then by the epigraph problem."""
    grid = Grid(t, 1201)
    found = differential_evolution(grid.largest, t.box, seed=1, popsize=30, tol=1e-10, maxiter=400)
    start = np.append(found.x, found.fun)
    room = {
        "type": "ineq",
        "fun": lambda z: np.concatenate([z[-1] - grid(z[:-1]), z[-1] + grid(z[:-1])]),
    }
    options = {"ftol": 1e-14, "maxiter": 200}
    got = minimize(lambda z: z[-1], start, method="SLSQP", constraints=[room], options=options)
    best = min((found.x, got.x[:-1]), key=grid.largest)
    return best, Grid(t, 20 * SAMPLES).largest(best)


# The alternation equations, in mpmath ---------------------------------------------------------


def active(t: Problem, p: Sequence[Number]) -> list[Spot]:
    """The extrema that share the largest size, from left to right."""
    sizes = [(abs(t.value(s.which, s.x, p)), s) for s in spots(t, p)]
    level = max(size for size, _ in sizes)
    shared = [s for size, s in sizes if size > level * (1 - SHARED)]
    return sorted(shared, key=lambda s: (s.x, s.which))


def place(t: Problem, spot: Spot, p: Sequence[Number], x: Number) -> Number:
    """Where an extremum is: as an unknown of its own, at an end, or where a breakpoint has gone."""
    if spot.held.startswith("break"):
        return t.breaks(*p)[int(spot.held.split()[1])]
    return spot.x if spot.held else x


@dataclass(frozen=True)
class Solution:
    """The parameters, the level, and the extrema (x, error) that reach it."""

    p: list[Number]
    level: Number
    extrema: list[tuple[Number, Number]]
    tangents: np.ndarray  # rows: directions of p in which all these extrema stay as high


def solve(t: Problem, start: Sequence[Number], chosen: Sequence[Spot]) -> Solution:
    """The solution of the equations for these extrema near a start."""
    n, m = len(start), len(chosen)
    signs = [mp.sign(t.value(s.which, s.x, start)) for s in chosen]
    free = [s for s in chosen if not s.held]

    def placed(p: Sequence[Number], inner: Sequence[Number]) -> list[Number]:
        waiting = iter(inner)
        return [place(t, s, p, s.x if s.held else next(waiting)) for s in chosen]

    def equations(*unknown: Number) -> list[Number]:
        p, level, multipliers = unknown[:n], unknown[n], unknown[n + 1 : n + 1 + m]
        xs = placed(p, unknown[n + 1 + m :])
        rows = list(zip(chosen, signs, xs, multipliers, strict=True))
        found = [sign * t.value(s.which, x, p) - level for s, sign, x, _ in rows]
        found += [steepness(t, s, p, x) for s, _, x, _ in rows if not s.held]
        pulls = [[sign * w * g for g in gradient(t, s, p, x)] for s, sign, x, w in rows]
        return [*found, sum(multipliers) - 1, *(sum(column) for column in zip(*pulls, strict=True))]

    level = max(abs(t.value(s.which, s.x, start)) for s in chosen)
    weights = balance(gradients(t, chosen, signs, start, [s.x for s in chosen]))
    unknown = [*start, level, *weights, *(s.x for s in free)]
    unknown = newton(equations, unknown, mp.mpf(10) ** -20)
    p, level, inner = unknown[:n], unknown[n], unknown[n + 1 + m :]
    assert all(w > 0 for w in unknown[n + 1 : n + 1 + m]), (t.template, t.options, unknown)
    xs = placed(p, inner)
    extrema = [(x, t.value(s.which, x, p)) for s, x in zip(chosen, xs, strict=True)]
    return Solution(p, level, extrema, tangents(gradients(t, chosen, signs, p, xs)))


def steepness(t: Problem, spot: Spot, p: Sequence[Number], x: Number) -> Number:
    """The derivative of the error by x."""
    return derivatives(t.bound(t.part(spot.which, x, p), p), x, 1)[1]


def gradient(t: Problem, spot: Spot, p: Sequence[Number], x: Number) -> list[Number]:
    """How the height of an extremum changes with the parameters; a breakpoint moves with them."""
    rows, h = [], mp.mpf(10) ** -18
    for i in range(len(p)):
        if spot.held.startswith("break"):
            ahead, back = ([v + s * h * (i == j) for j, v in enumerate(p)] for s in (1, -1))
            up, down = (t.value(spot.which, place(t, spot, q, x), q) for q in (ahead, back))
            rows.append((up - down) / (2 * h))
            continue
        seeded = [Jet([v, mp.mpf(1)]) if i == j else v for j, v in enumerate(p)]
        moved = t.part(spot.which, x, p)(MP, x, *seeded)
        rows.append(moved.c[1] if isinstance(moved, Jet) else mp.mpf(0))
    return rows


def gradients(
    t: Problem,
    chosen: Sequence[Spot],
    signs: Sequence[Number],
    p: Sequence[Number],
    xs: Sequence[Number],
) -> np.ndarray:
    """The gradients of the sizes of extrema, a row each, in float64."""
    found = zip(chosen, signs, xs, strict=True)
    return np.array([[float(sign * g) for g in gradient(t, s, p, x)] for s, sign, x in found])


def balance(slopes: np.ndarray) -> list[Number]:
    """Multipliers of sum 1 that cancel gradients as well as can be."""
    table = np.vstack([slopes.T, np.ones(len(slopes))])
    right = np.append(np.zeros(slopes.shape[1]), 1.0)
    return [mp.mpf(float(v)) for v in np.linalg.lstsq(table, right, rcond=None)[0]]


def tangents(slopes: np.ndarray) -> np.ndarray:
    """The directions, one a row, at right angles to all gradients."""
    _, sizes, rows = np.linalg.svd(slopes)
    return np.asarray(rows[np.count_nonzero(sizes > 1e-9) :])


def largest(t: Problem, p: Sequence[Number]) -> Number:
    return max(abs(t.value(s.which, s.x, p)) for s in spots(t, p))


def check_steps_are_worse(t: Problem, found: Solution) -> None:
    """Along the tangents, and between them, the largest error rises with the square of the step."""
    directions = [*found.tangents, sum(found.tangents), found.tangents[0] - sum(found.tangents[1:])]
    for direction in directions:
        rises = []
        for h in (1e-4, -1e-4, 1e-5, -1e-5):
            q = [v + mp.mpf(h * d) for v, d in zip(found.p, direction, strict=True)]
            rises.append((largest(t, q) - found.level) / mp.mpf(h) ** 2)
        assert min(rises) > 1e-3, (t.template, t.options, rises)


def check_nothing_is_larger(t: Problem, p: Sequence[Number], level: Number) -> None:
    """No other extremum and none of many points in between has a larger error."""
    assert abs(largest(t, p) - level) < EQUAL, (t.template, t.options)
    low, high = max(mp.mpf(t.low), mp.mpf(-20)), min(mp.mpf(t.high), mp.mpf(20))
    for j in range(SAMPLES):
        x = low + (high - low) * j / (SAMPLES - 1)
        for which in range(len(t.errors)):
            assert abs(t.value(which, x, p)) < level + EQUAL, (t.template, t.options, x)


def fit(name: str, t: Problem) -> dict[str, Any]:
    rough, seen = coarse(t)
    start = [mp.mpf(float(v)) for v in rough]
    found = solve(t, start, active(t, start))
    p, level, corner = found.p, found.level, len(found.extrema) > len(start)
    assert max(abs(a - b) for a, b in zip(p, start, strict=True)) < 0.02, (name, p, rough)
    assert seen > level * (1 - mp.mpf(10) ** -5), "something in the box is better"
    check_nothing_is_larger(t, p, level)
    if not corner:
        check_steps_are_worse(t, found)
    shown = f"{text(level, 20)} {[text(v, 12) for v in p]} {len(found.extrema)} extrema"
    print(f"{name:28} {shown}", file=sys.stderr, flush=True)
    return {
        "template": t.template,
        "options": t.options,
        "domain": [text(mp.mpf(t.low)), text(mp.mpf(t.high))],
        "searched": {n: list(b) for n, b in zip(t.parameters, t.box, strict=True)},
        "parameters": {n: text(v, SHOWN) for n, v in zip(t.parameters, p, strict=True)},
        "objective": text(level, SHOWN),
        "alternation": [{"x": text(x, SHOWN), "error": text(e, SHOWN)} for x, e in found.extrema],
        "corner": corner,
        **({"note": t.note} if t.note else {}),
    }


# The problems -----------------------------------------------------------------------------------


def swish(k: Any, x: Number, a: Number) -> Number:
    return x * k.sigmoid(a * x)


def swish_slope(k: Any, x: Number, a: Number) -> Number:
    return shifted_slope(k, x, a, 0)


def doubled(k: Any, x: Number, a: Number) -> Number:
    return 2 * x * k.sigmoid(a * x)


def scaled(k: Any, x: Number, a: Number, b: Number) -> Number:
    return a * x * k.sigmoid(b * x)


def scaled_slope(k: Any, x: Number, a: Number, b: Number) -> Number:
    return a * swish_slope(k, x, b)


def shifted(k: Any, x: Number, a: Number, b: Number) -> Number:
    return x * k.sigmoid(a * x + b)


def shifted_slope(k: Any, x: Number, a: Number, b: Number) -> Number:
    s, opposite = k.sigmoid(a * x + b), k.sigmoid(-(a * x + b))
    return s + a * x * s * opposite


def offset_slope(k: Any, x: Number, b: Number) -> Number:
    return shifted_slope(k, x, k.constant("1.25"), b)


def free(k: Any, x: Number, a: Number, b: Number, c: Number) -> Number:
    return a * x * k.sigmoid(b * x + c)


def free_slope(k: Any, x: Number, a: Number, b: Number, c: Number) -> Number:
    return a * shifted_slope(k, x, b, c)


def tanh_like(k: Any, x: Number, a: Number, b: Number, c: Number) -> Number:
    return x * (a + k.tanh(b * x)) * c


SWISH, DOUBLED = "x*sigmoid(a*x)", "2x*sigmoid(a*x)"
OFFSET = "x*sigmoid(1.25*x+b)"
SCALED, SHIFTED = "a*x*sigmoid(b*x)", "x*sigmoid(a*x+b)"
FREE, TANH = "a*x*sigmoid(b*x+c)", "x*(a+tanh(b*x))*c"
ONE, TWO, THREE = ("a",), ("a", "b"), ("a", "b", "c")
GATE, FACTOR, SHIFT = (0.05, 12.0), (0.1, 4.0), (-4.0, 4.0)  # boxes of a slope, a scale, a shift
SLOPE: dict[str, Any] = {"of": "slope"}
BOTH: dict[str, Any] = {"of": "both"}
WEIGHT: dict[str, Any] = {"weight": "exp(-x^2/2)"}
RELATIVE: dict[str, Any] = {"relative": True}
POSITIVE = {"low": 0.5, "high": 4}


def smooth(
    template: str,
    names: tuple[str, ...],
    errors: Sequence[Family],
    box: tuple[tuple[float, float], ...],
    options: dict[str, Any] | None = None,
    **rest: Any,
) -> Problem:
    return Problem(template, names, tuple((e,) for e in errors), box, options=options or {}, **rest)


PROBLEMS = {
    "swish": smooth(SWISH, ONE, [error(swish)], (GATE,)),
    "doubled": smooth(DOUBLED, ONE, [error(doubled)], (GATE,), high=0),
    "hard": Problem(
        "x*clip(x+c,0,k)/k",
        ("c", "k"),
        ((error(flat), error(clip_middle), error(straight)),),
        ((0.5, 8), (0.5, 12)),
        breaks=clip_breaks,
    ),
    "scaled": smooth(SCALED, TWO, [error(scaled)], (FACTOR, GATE), low=-6, high=3),
    "shifted": smooth(SHIFTED, TWO, [error(shifted)], (GATE, SHIFT)),
    "free": smooth(FREE, THREE, [error(free)], (FACTOR, GATE, SHIFT), low=-5, high=5),
    "tanh": smooth(
        TANH,
        THREE,
        [error(tanh_like)],
        ((0.1, 4), (0.05, 6), (0.1, 3)),
        low=-4,
        high=4,
        note="the same function: a, b and c all with the other sign",
    ),
    "swish-slope": smooth(
        SWISH, ONE, [slope_error(swish_slope)], (GATE,), SLOPE,
        note="in closed form: at 0 the slopes are 1/2 and 3/5 for every a, and the largest error "
        "is there where the second derivatives agree as well, a/2 = 16/25",
    ),
    "offset-slope": smooth(OFFSET, ("b",), [slope_error(offset_slope)], (SHIFT,), SLOPE),
    "scaled-slope": smooth(
        SCALED, TWO, [slope_error(scaled_slope)], (FACTOR, GATE), SLOPE, low=-4, high=1
    ),
    "scaled-slope-wide": smooth(
        SCALED, TWO, [slope_error(scaled_slope)], (FACTOR, GATE), SLOPE, low=-6, high=3
    ),
    "free-slope": smooth(
        FREE, THREE, [slope_error(free_slope)], (FACTOR, GATE, SHIFT), SLOPE, low=-3, high=1
    ),
    "free-slope-wide": smooth(
        FREE, THREE, [slope_error(free_slope)], (FACTOR, GATE, SHIFT), SLOPE, low=-5, high=5
    ),
    "swish-both": smooth(SWISH, ONE, [error(swish), slope_error(swish_slope)], (GATE,), BOTH),
    "free-both": smooth(
        FREE, THREE, [error(free), slope_error(free_slope)], (FACTOR, GATE, SHIFT), BOTH,
        low=-5, high=5,
    ),
    "swish-weight": smooth(SWISH, ONE, [weighted(swish)], (GATE,), WEIGHT),
    "shifted-weight": smooth(SHIFTED, TWO, [weighted(shifted)], (GATE, SHIFT), WEIGHT),
    "free-weight": smooth(
        FREE, THREE, [weighted(free)], (FACTOR, GATE, SHIFT), WEIGHT, low=-5, high=5
    ),
    "swish-relative": smooth(SWISH, ONE, [relative(swish)], (GATE,), RELATIVE, **POSITIVE),
    "scaled-relative": smooth(
        SCALED, TWO, [relative(scaled)], (FACTOR, GATE), RELATIVE, **POSITIVE
    ),
    "free-relative": smooth(
        FREE, THREE, [relative(free)], (FACTOR, GATE, SHIFT), RELATIVE, **POSITIVE
    ),
}  # fmt: skip


def main() -> None:
    mp.dps = 50
    chosen = sys.argv[1:] or list(PROBLEMS)
    document = {name: fit(name, PROBLEMS[name]) for name in chosen}
    if not sys.argv[1:]:
        write(Path(__file__).with_name("fits_minimax.json"), document)


if __name__ == "__main__":
    main()
