"""Write fits.json: best parameters of templates against mish, to 30 digits.

Run by hand (a few minutes): python tests/oracles/references/make_fits.py
No code of the package is used. A scan of a box of parameters with NumPy finds where the optimum
is and that it is the only one; mpmath then solves the first-order conditions there:
max      the error alternates: the active extrema are equal in size, and multipliers >= 0 that sum
         to 1 cancel their gradients (checked);
l1       ∫ sign(e) ∂e/∂p dx = 0;      l2, gauss   ∫ e ∂e/∂p dx = 0, with the normal weight.
The gauss error on a part of the line is sqrt(∫ e² φ dx) over that part, not divided by its weight.

Three problems have no isolated optimum; `interval` or `note` in the file says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from handwritten import MP, NP, Jet, Number, Part, derivatives, identity, mish, zero
from mpmath import mp
from numerics import integrals, panels, polish, roots, text, write
from scipy.optimize import minimize

INF = mp.inf
NORMS = ("max", "l1", "l2", "gauss")
Family = Callable[..., Number]  # (context, x, *parameters) -> value


@dataclass(frozen=True)
class Template:
    """Smooth parts between breakpoints that may move with the parameters."""

    formula: str
    parameters: tuple[str, ...]
    parts: tuple[Family, ...]
    box: tuple[tuple[float, float], ...]
    low: float = -INF
    high: float = INF
    breaks: Callable[..., list[Number]] = lambda *p: []
    norms: tuple[str, ...] = NORMS
    cuts: tuple[str, ...] = ()  # more ends of panels, where a part turns sharply
    starts: dict[str, tuple[float, ...]] = field(default_factory=dict)  # where a scan finds none
    digits: dict[str, int] = field(default_factory=dict)  # more working digits, by norm
    tails_differ: bool = False  # from mish's, so that only the gauss error is finite

    def error_parts(self, p: Sequence[Number]) -> list[tuple[Part, Number, Number]]:
        """(error, low, high) for each part that meets the domain."""
        ends = [-INF, *self.breaks(*p), INF]
        rows = []
        for i, part in enumerate(self.parts):
            low, high = max(ends[i], mp.mpf(self.low)), min(ends[i + 1], mp.mpf(self.high))
            if low < high:
                rows.append((_error(part, p), low, high))
        return rows

    def family(self, x: Number, p: Sequence[Number]) -> Family:
        return self.parts[sum(1 for b in self.breaks(*p) if x > b)]


def _error(part: Family, p: Sequence[Number]) -> Part:
    def error(k: Any, x: Number) -> Number:
        own = p if k is MP else [np.longdouble(text(v, 22)) for v in p]
        return part(k, x, *own) - mish(k, x)

    return error


def value(t: Template, x: Number, p: Sequence[Number]) -> Number:
    return t.family(x, p)(MP, x, *p) - mish(MP, x)


def gradient(t: Template, x: Number, p: Sequence[Number]) -> list[Number]:
    """∂e/∂p at a fixed x, by first-order jets in the parameters."""
    part = t.family(x, p)
    rows = []
    for i in range(len(p)):
        seeded = [Jet([v, mp.mpf(1)]) if i == j else v for j, v in enumerate(p)]
        moved = part(MP, x, *seeded)
        rows.append(moved.c[1] if isinstance(moved, Jet) else mp.mpf(0))
    return rows


# The errors of one member -----------------------------------------------------------------------


def local_extrema(t: Template, p: Sequence[Number]) -> list[tuple[Number, str]]:
    """Where |e| can be largest: (x, kind), kind "interior", "break <i>" or "end"."""
    spots: list[tuple[Number, str]] = []
    for part, low, high in t.error_parts(p):
        spots += [(x, "interior") for x in roots(part, low, high, order=1)]
    spots += [(b, f"break {i}") for i, b in enumerate(t.breaks(*p)) if t.low < b < t.high]
    spots += [(mp.mpf(end), "end") for end in (t.low, t.high) if mp.isfinite(end)]
    return sorted(spots)


def weight(x: Number) -> Number:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi) if abs(x) < 17 else mp.mpf(0)


def integral_errors(
    t: Template, p: Sequence[Number], n: int
) -> tuple[list[Number], list[list[Number]]]:
    """[∫|e|, ∫e², ∫e²φ] and half their gradients (the whole for l1)."""
    d = len(p)
    sums = [mp.mpf(0)] * (3 + 3 * d)

    def row(x: Number) -> list[Number]:
        e, w, slopes = value(t, x, p), weight(x), gradient(t, x, p)
        out = [abs(e), e * e, e * e * w]
        for s in slopes:
            out += [mp.sign(e) * s, e * s, e * s * w]
        return out

    cuts = [mp.mpf(c) for c in t.cuts]
    for part, low, high in t.error_parts(p):
        got = integrals(row, panels(low, high, [*cuts, *roots(part, low, high)]), n)
        sums = [a + b for a, b in zip(sums, got, strict=True)]
    return sums[:3], [[sums[3 + 3 * i + j] for i in range(d)] for j in range(3)]


def errors(t: Template, p: Sequence[Number]) -> dict[str, Any]:
    if t.tails_differ:
        one, two = (integral_errors(t, p, n)[0][2] for n in (40, 48))
        assert abs(one - two) < mp.mpf(10) ** -33
        infinite = {"max_error": {"value": "inf"}, "l1_error": "inf", "l2_error": "inf"}
        return {**infinite, "gauss_error": text(mp.sqrt(two), 30)}
    spots = [(x, value(t, x, p)) for x, _ in local_extrema(t, p)]
    x, e = max(spots, key=lambda s: abs(s[1]))
    one, two = (integral_errors(t, p, n)[0] for n in (40, 48))
    assert all(abs(a - b) < mp.mpf(10) ** -33 for a, b in zip(one, two, strict=True))
    return {
        "max_error": {"value": text(abs(e), 30), "x": text(x, 30), "signed": text(e, 30)},
        "l1_error": text(two[0], 30),
        "l2_error": text(mp.sqrt(two[1]), 30),
        "gauss_error": text(mp.sqrt(two[2]), 30),
    }


# Scan -------------------------------------------------------------------------------------------


class Scan:
    """All four norms in long doubles on a fixed rule, for grids of parameters."""

    def __init__(self, t: Template, step: float = 0.1) -> None:
        self.t = t
        low, high = max(float(t.low), -45.0), min(float(t.high), 45.0)
        nodes, weights = np.polynomial.legendre.leggauss(4)
        edges = np.linspace(low, high, round((high - low) / step) + 1)
        half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
        self.x = (middle + half * nodes).ravel()
        self.w = (half * weights).ravel()
        self.mish = np.asarray(mish(NP, self.x))

    def _values(self, x: np.ndarray, p: Sequence[float]) -> np.ndarray:
        place = sum((x > float(b) for b in self.t.breaks(*p)), np.zeros(len(x), dtype=int))
        found = np.zeros(len(x))
        for i, part in enumerate(self.t.parts):
            here = place == i
            if here.any():
                found[here] = part(NP, x[here], *p)
        return found

    def norms(self, p: Sequence[float]) -> dict[str, float]:
        with np.errstate(all="ignore"):
            e = self._values(self.x, p) - self.mish
            marks = [float(b) for b in self.t.breaks(*p) if self.t.low < b < self.t.high]
            marks += [float(b) for b in (self.t.low, self.t.high) if mp.isfinite(b)]
            ends = np.array(marks)
            edge = self._values(ends, p) - mish(NP, ends) if marks else np.zeros(1)
            square = e * e * self.w
            phi = np.exp(-self.x * self.x / 2) / np.sqrt(2 * np.pi)
            return {
                "max": float(max(np.max(np.abs(e)), np.max(np.abs(edge)))),
                "l1": float(np.sum(np.abs(e) * self.w)),
                "l2": float(np.sqrt(np.sum(square))),
                "gauss": float(np.sqrt(np.sum(square * phi))),
            }

    def grid(self) -> tuple[np.ndarray, list[dict[str, float]]]:
        count = {1: 600, 2: 61, 3: 17}[len(self.t.box)]
        axes = [np.linspace(a, b, count) + 0.00123 for a, b in self.t.box]
        points = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=1)
        return points, [self.norms(p) for p in points]


def rough(scan: Scan, start: np.ndarray, norm: str) -> np.ndarray:
    """Nelder-Mead, started again until it stands still."""
    p = start
    for _ in range(12):
        options = {"xatol": 1e-9, "fatol": 1e-13, "maxiter": 2000}
        got = minimize(lambda q: scan.norms(q)[norm], p, method="Nelder-Mead", options=options)
        still = np.max(np.abs(got.x - p)) < 1e-7
        p = got.x
        if still:
            break
    return p


# First-order conditions -------------------------------------------------------------------------


def solve_integral(t: Template, start: Sequence[Number], norm: str) -> list[Number]:
    row = ("l1", "l2", "gauss").index(norm)

    def conditions(*p: Number) -> list[Number]:
        return integral_errors(t, p, 36)[1][row]

    return newton(conditions, list(start))


def newton(
    equations: Callable[..., list[Number]], p: list[Number], step: Number | None = None
) -> list[Number]:
    """Newton's method; a Jacobian from central differences, kept once the steps are short."""
    h, move = step or mp.mpf(10) ** -12, [INF]
    for _ in range(30):
        here = equations(*p)
        if max(abs(v) for v in move) > mp.mpf(10) ** -7:
            jacobian = mp.matrix(len(here), len(p))
            for j in range(len(p)):
                up, down = list(p), list(p)
                up[j], down[j] = p[j] + h, p[j] - h
                for i, (a, b) in enumerate(zip(equations(*up), equations(*down), strict=True)):
                    jacobian[i, j] = (a - b) / (2 * h)
        move = mp.lu_solve(jacobian, mp.matrix(here))
        p = [v - move[i] for i, v in enumerate(p)]
        if max(abs(v) for v in move) < mp.mpf(10) ** -34:
            return p
    raise ArithmeticError("Newton's method did not converge")


def extremum(t: Template, p: Sequence[Number], near: Number, kind: str) -> tuple[Number, Number]:
    """(x, e) of the local extremum of the error near a known one, for parameters close by."""
    if kind.startswith("break"):
        x = t.breaks(*p)[int(kind.split()[1])]
    elif kind == "end":
        x = near
    else:
        part = _error(t.family(near, p), p)
        r = mp.mpf(10) ** -2
        while True:
            found = polish(lambda v: derivatives(part, v, 2)[1:], near - r, near + r)
            if found is not None:
                x = found
                break
            r *= mp.mpf("1.7")
            if r > 1:
                raise ArithmeticError(f"the extremum near {near} is gone")
    return x, value(t, x, p)


def solve_max(
    t: Template, start: Sequence[Number], active: Sequence[tuple[Number, str]]
) -> tuple[list[Number], Number, list[tuple[Number, Number]]]:
    """Parameters, the largest error and the alternation, from the active extrema near `start`."""
    signs = [mp.sign(extremum(t, start, x, kind)[1]) for x, kind in active]

    def levelled(*unknown: Number) -> list[Number]:
        *p, level = unknown
        rows = zip(active, signs, strict=True)
        return [s * extremum(t, p, x, kind)[1] - level for (x, kind), s in rows]

    level = max(abs(extremum(t, start, x, kind)[1]) for x, kind in active)
    *p, level = newton(levelled, [*start, level], mp.mpf(10) ** -18)
    check_multipliers(t, p, active, signs)
    return p, level, [extremum(t, p, x, kind) for x, kind in active]


def check_multipliers(
    t: Template, p: list[Number], active: Sequence[tuple[Number, str]], signs: list[Number]
) -> None:
    n, h = len(active), mp.mpf(10) ** -15
    rows, right = mp.matrix(n, n), mp.matrix(n, 1)
    for i in range(len(p)):
        for j, (x, kind) in enumerate(active):
            up, down = list(p), list(p)
            up[i], down[i] = p[i] + h, p[i] - h
            slope = extremum(t, up, x, kind)[1] - extremum(t, down, x, kind)[1]
            rows[i, j] = signs[j] * slope / (2 * h)
    for j in range(n):
        rows[n - 1, j] = 1
    right[n - 1] = 1
    multipliers = mp.lu_solve(rows, right)
    assert all(m > 0 for m in multipliers), multipliers


def active_set(t: Template, p: Sequence[Number]) -> list[tuple[Number, str]]:
    spots = [(abs(value(t, x, p)), x, kind) for x, kind in local_extrema(t, p)]
    spots.sort(reverse=True)
    return sorted((x, kind) for _, x, kind in spots[: len(t.parameters) + 1])


def fit(t: Template, norm: str, start: Sequence[Number]) -> dict[str, Any]:
    p0 = [mp.mpf(float(v)) for v in start]
    row: dict[str, Any] = {}
    if norm == "max":
        with mp.workdps(t.digits.get(norm, mp.dps)):
            p, level, alternation = solve_max(t, p0, active_set(t, p0))
        p, level = [+v for v in p], +level
        row["alternation"] = [{"x": text(x, 30), "error": text(e, 30)} for x, e in alternation]
    else:
        p = solve_integral(t, p0, norm)
    row["parameters"] = {n: text(v, 30) for n, v in zip(t.parameters, p, strict=True)}
    row |= errors(t, p)
    row["objective"] = row["max_error"]["value"] if norm == "max" else row[f"{norm}_error"]
    if norm == "max":
        assert abs(level - mp.mpf(row["objective"])) < mp.mpf(10) ** -28, "another point is larger"
    check_neighbours(t, norm, p, mp.mpf(row["objective"]))
    return row


def check_neighbours(t: Template, norm: str, p: Sequence[Number], best: Number) -> None:
    """A small step of any one parameter makes the objective larger."""
    for i in range(len(p)):
        for step in (mp.mpf("1e-4"), mp.mpf("-1e-4")):
            q = [v + step * (i == j) for j, v in enumerate(p)]
            if norm == "max":
                near = max(abs(value(t, x, q)) for x, _ in local_extrema(t, q))
            else:
                near = integral_errors(t, q, 36)[0][("l1", "l2", "gauss").index(norm)]
                near = near if norm == "l1" else mp.sqrt(near)
            assert near > best - mp.mpf(10) ** -30, (t.formula, norm, q)


# The problems -----------------------------------------------------------------------------------


def clip_breaks(c: Number, k: Number = 5) -> list[Number]:
    return [-c, k - c]


def clip_middle(k: Any, x: Number, c: Number, top: Number = 5) -> Number:
    return x * (x + c) / top


def swish_like(k: Any, x: Number, a: Number) -> Number:
    return x * k.sigmoid(a * x)


def doubled(k: Any, x: Number, a: Number) -> Number:
    return 2 * x * k.sigmoid(a * x)


def flat(k: Any, x: Number, *p: Number) -> Number:
    return zero(k, x)


def straight(k: Any, x: Number, *p: Number) -> Number:
    return identity(k, x)


def aptx(k: Any, x: Number, alpha: Number, beta: Number, gamma: Number) -> Number:
    return (alpha + k.tanh(beta * x)) * gamma * x


TEMPLATES = {
    "swish": Template("x*sigmoid(a*x)", ("a",), (swish_like,), ((0.05, 20),)),
    "doubled": Template("2x*sigmoid(a*x)", ("a",), (doubled,), ((0.05, 20),), high=0),
    "doubled-gauss-whole-line": Template(
        "2x*sigmoid(a*x)",
        ("a",),
        (doubled,),
        ((-5, 20),),
        norms=("gauss",),
        tails_differ=True,
    ),
    "shifted-swish": Template(
        "x*sigmoid(a*x+b)",
        ("a", "b"),
        (lambda k, x, a, b: x * k.sigmoid(a * x + b),),
        ((-3, 8), (-6, 6)),
        low=-5,
        high=5,
    ),
    "hard": Template(
        "x*clip(x+c,0,k)/k",
        ("c", "k"),
        (flat, clip_middle, straight),
        ((-3, 9), (0.1, 12)),
        breaks=clip_breaks,
    ),
    "hard-5": Template(
        "x*clip(x+c,0,5)/5",
        ("c",),
        (flat, clip_middle, straight),
        ((-8, 9),),
        breaks=clip_breaks,
    ),
    "softplus": Template(
        "softplus(a*x)/a - b",
        ("a", "b"),
        (lambda k, x, a, b: k.softplus(a * x) / a - b,),
        ((-5, 12), (-3, 3)),
        low=-4,
        high=4,
        cuts=tuple(f"{sign}{0.01 * 2**j}" for j in range(8) for sign in ("-", "")),
        starts={"max": (260.0, 0.1557)},
        digits={"max": 220},  # the gradient with respect to a is as small as 1e-134
    ),
    "leaky": Template(
        "2x*sigmoid(a*x) if x <= 0 else x",
        ("a",),
        (doubled, straight),
        ((0.05, 20),),
        breaks=lambda *p: [mp.mpf(0)],
    ),
    "aptx": Template(
        "(alpha + tanh(beta*x))*gamma*x",
        ("beta",),
        (lambda k, x, beta: x * k.sigmoid(2 * beta * x),),
        ((0.02, 10),),
    ),
    "aptx-gauss-all-free": Template(
        "(alpha + tanh(beta*x))*gamma*x",
        ("alpha", "beta", "gamma"),
        (aptx,),
        ((-3, 3), (0, 4), (-2, 2)),
        norms=("gauss",),
        tails_differ=True,
    ),
}
FIXED = {"aptx": {"alpha": "1", "gamma": "0.5"}}


def l1_interval(t: Template, scale: int) -> dict[str, Any]:
    """The l1 optima of x·sigmoid(scale·p·x): all p in [1, a]/scale are equally good.

    mish is x·sigmoid(g(x)) with g(x) = log(e^x + e^(2x)/2), so x·sigmoid(ax) - mish has the sign
    of x(ax - g(x)): positive for all x < 0 and negative for all x > 0 exactly when a lies between
    sup over x<0 of g(x)/x, which is 1, and inf over x>0 of g(x)/x. There the l1 error is
    ∫ -sign(x) (x·sigmoid(ax) - mish) dx, and the even function x² sigmoid'(ax) drops out of its
    derivative.
    """

    def slope(x: Number) -> Number:
        return mp.diff(lambda v: (v + mp.log1p(mp.exp(v) / 2)) / v, x)

    top = mp.findroot(slope, mp.mpf(2))
    highest = (top + mp.log1p(mp.exp(top) / 2)) / top
    ends = [mp.mpf(1) / scale, highest / scale]
    levels = [integral_errors(t, [p], 44)[0][0] for p in (*ends, sum(ends) / 2)]
    assert max(levels) - min(levels) < mp.mpf(10) ** -28, levels
    for outside in (ends[0] - mp.mpf("0.02"), ends[1] + mp.mpf("0.02")):
        assert integral_errors(t, [outside], 40)[0][0] > levels[0] + mp.mpf(10) ** -9
    return {
        "interval": {t.parameters[0]: [text(v, 30) for v in ends]},
        "objective": text(levels[0], 30),
        "note": "every value in the interval is optimal: the l1 error does not depend on it there",
    }


def leaky_max_interval(t: Template) -> dict[str, Any]:
    """For x > 0 the error is free of a; every a that keeps |error| on x < 0 below it is best."""
    best = mp.mpf("1.5484")
    x, level = extremum(t, [best], mp.mpf("0.7957"), "interior")
    ends = []
    for guess in (mp.mpf("1.27"), mp.mpf("2.1")):
        spots = [(v, k) for v, k in local_extrema(t, [guess]) if v < 0 and k == "interior"]
        spot = max(spots, key=lambda s: abs(value(t, s[0], [guess])))

        def excess(a: Number, spot: tuple[Number, str] = spot) -> Number:
            return abs(extremum(t, [a], *spot)[1]) - level

        ends.append(mp.findroot(excess, guess))
    for inside in (mp.mpf(1) / 8, mp.mpf(1) / 2, mp.mpf(7) / 8):
        a = ends[0] + (ends[1] - ends[0]) * inside
        assert abs(mp.mpf(errors(t, [a])["max_error"]["value"]) - level) < mp.mpf(10) ** -28
    for a, outside in zip(ends, (-1, 1), strict=True):
        assert abs(mp.mpf(errors(t, [a])["max_error"]["value"]) - level) < mp.mpf(10) ** -28
        nudged = a + outside * mp.mpf("1e-6")
        assert mp.mpf(errors(t, [nudged])["max_error"]["value"]) > level
    return {
        "interval": {"a": [text(v, 30) for v in ends]},
        "objective": text(level, 30),
        "max_error": {"value": text(level, 30), "x": text(x, 30), "signed": text(level, 30)},
        "note": "every value in the interval is optimal: the part x > 0, free of a, decides",
    }


SPECIAL: dict[tuple[str, str], Callable[[Template], dict[str, Any]]] = {
    ("swish", "l1"): lambda t: l1_interval(t, 1),
    ("aptx", "l1"): lambda t: l1_interval(t, 2),
    ("leaky", "max"): leaky_max_interval,
}
NOTES = {
    ("softplus", "max"): (
        "a is determined only in exact arithmetic: from a = 30 up to this value the objective "
        "changes by less than 1e-17"
    ),
    **{
        (name, norm): "the same function: alpha, beta and gamma all with the other sign"
        for name in ("aptx", "aptx-gauss-all-free")
        for norm in NORMS
    },
}


def solve(name: str, t: Template) -> dict[str, Any]:
    scan = Scan(t)
    points, levels = scan.grid()
    fine = Scan(t, 0.02)
    rows = {}
    for norm in t.norms:
        best = int(np.argmin([row[norm] for row in levels]))
        if (name, norm) in SPECIAL:
            row = SPECIAL[name, norm](t)
        else:
            start = t.starts.get(norm) or list(rough(fine, points[best], norm))
            row = fit(t, norm, start)
        if (name, norm) in NOTES:
            row["note"] = "; ".join(filter(None, [row.get("note"), NOTES[name, norm]]))
        # Nothing in the whole box is better than the optimum found.
        assert levels[best][norm] > float(row["objective"]) - 2e-5, (name, norm, points[best])
        rows[norm] = row
        shown = row.get("parameters") or row["interval"]
        print(f"{name:24} {norm:6} {row['objective'][:20]} {shown}", file=sys.stderr, flush=True)
    return {
        "template": t.formula,
        "fixed": FIXED.get(name, {}),
        "domain": [text(mp.mpf(t.low)), text(mp.mpf(t.high))],
        "scanned": {n: list(b) for n, b in zip(t.parameters, t.box, strict=True)},
        "norms": rows,
    }


def main() -> None:
    mp.dps = 45
    document = {name: solve(name, t) for name, t in TEMPLATES.items()}
    write(Path(__file__).with_name("fits.json"), document)


if __name__ == "__main__":
    main()
