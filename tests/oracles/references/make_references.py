"""Write references.json: what is true of every registry formula, and of it against mish.

Run by hand (about two minutes): python tests/oracles/references/make_references.py
No code of the package is used. Each number is computed twice: extrema by Newton's method on
brackets from a scan, against a plain dense scan; integrals by Gauss-Legendre, against tanh-sinh;
one-sided derivatives by Taylor arithmetic, against mpmath's finite differences.

Decimal constants of a formula (1.702, 0.01, ...) are taken as those decimals, not as the float64
numbers nearest to them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from handwritten import FORMULAS, MP, Number, Part, Written, derivatives, mish, zero
from mpmath import mp
from numerics import FAR, integrals, panels, roots, text, write

MISH = FORMULAS["mish"]
INF = mp.inf


@dataclass(frozen=True)
class Piece:
    """A smooth part of the error, or of a formula, on its interval."""

    part: Part
    low: Number
    high: Number
    nothing: bool = False  # identically 0


def pieces(f: Written) -> list[Piece]:
    ends = [-INF, *f.breakpoints(), INF]
    return [
        Piece(part, ends[i], ends[i + 1], f.constant.get(i) == "0")
        for i, part in enumerate(f.parts)
    ]


def error_pieces(f: Written) -> list[Piece]:
    def error(part: Part) -> Part:
        return lambda k, x: part(k, x) - mish(k, x)

    return [
        Piece(zero if i in f.same else error(p.part), p.low, p.high, i in f.same)
        for i, p in enumerate(pieces(f))
    ]


# Formula alone ----------------------------------------------------------------------------------


def kinks(f: Written, highest: int = 3) -> list[dict[str, Any]]:
    found = []
    for i, x in enumerate(f.breakpoints()):
        left, right = f.jet(i, x, highest), f.jet(i + 1, x, highest)
        for side, exact in ((-1, left), (1, right)):
            for order in range(1, highest + 1):
                check = mp.diff(f.verbatim, x, order, direction=side, h=mp.mpf(10) ** -25)
                assert abs(check - exact[order]) < mp.mpf(10) ** -20, (x, order)
        for order in range(highest + 1):
            jump = right[order] - left[order]
            if abs(jump) > mp.mpf(10) ** -50:
                row = {"x": x, "left": left[order], "right": right[order], "jump": jump}
                found.append({"order": order, **{k: text(v) for k, v in row.items()}})
                break
    return found


def smoothness(found: list[dict[str, Any]]) -> str:
    if not found:
        return "C∞"
    lowest = min(k["order"] for k in found)
    return f"C{lowest - 1}" if lowest else "discontinuous"


def direction(f: Written, x: Number, side: int) -> int:
    """Whether f rises (1) or falls (-1) away from x towards that side."""
    with mp.extradps(60):
        step = mp.mpf(10) ** -20
        return int(mp.sign(f.value(x + side * step) - f.value(x)))


def extrema(f: Written, sign: int) -> list[dict[str, Any]]:
    """Local minima (sign 1) or maxima (-1): interior points, kinks and plateaus."""
    found: list[tuple[Number, dict[str, Any]]] = []

    def add(x: Number, kind: str) -> None:
        found.append((x, {"x": text(x), "y": text(f.value(x)), "kind": kind}))

    for i, piece in enumerate(pieces(f)):
        if i in f.constant:
            outward = [
                direction(f, end, side)
                for end, side in ((piece.low, -1), (piece.high, 1))
                if mp.isfinite(end)
            ]
            if all(step == sign for step in outward):
                span = [text(piece.low), text(piece.high)]
                found.append((piece.low, {"x": span, "y": f.constant[i], "kind": "plateau"}))
            continue
        for x in roots(piece.part, piece.low, piece.high, order=1):
            curvature = derivatives(piece.part, x, 2)[2]
            assert abs(curvature) > mp.mpf(10) ** -20, x
            if mp.sign(curvature) == sign:
                add(x, "interior")
    for x in f.breakpoints():
        if direction(f, x, -1) == sign == direction(f, x, 1):
            add(x, "kink")
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def overall(f: Written, local: list[dict[str, Any]], sign: int) -> dict[str, Any]:
    """The global minimum (sign 1) or maximum (-1)."""
    best: dict[str, Any] | None = None
    for row in local:
        if best is None or sign * (mp.mpf(row["y"]) - mp.mpf(best["y"])) < 0:
            best = row
    for end, side in ((-INF, f.left), (INF, f.right)):
        slope = side.slope() * mp.sign(end)
        limit = side.intercept() if slope == 0 else slope * INF
        if best is None or sign * (limit - mp.mpf(best["y"])) < 0:
            kind = "limit" if slope == 0 else "unbounded"
            best = {"x": text(end), "y": text(limit), "kind": kind}
    assert best is not None
    return best


def zeros(f: Written) -> list[Any]:
    found: list[tuple[Number, Any]] = []
    edges: list[Number] = []
    for piece in pieces(f):
        if piece.nothing:
            found.append((piece.low, [text(piece.low), text(piece.high)]))
            edges += [piece.low, piece.high]
        else:
            found += [(x, text(x)) for x in roots(piece.part, piece.low, piece.high)]
    found += [(x, text(x)) for x in f.breakpoints() if f.value(x) == 0 and x not in edges]
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def check_tails(f: Written) -> None:
    for side, x in ((f.left, mp.mpf(-(10**6))), (f.right, mp.mpf(10**6))):
        rest = abs(f.value(x) - side.slope() * x - side.intercept())
        assert rest < (mp.mpf(10) ** -5 if side.decay == "1/x" else mp.mpf(10) ** -50)


# Against mish -----------------------------------------------------------------------------------


def tail_limits(f: Written) -> list[tuple[Number, Number, Number]]:
    """(±inf, limit of the error, limit of its slope)."""
    limits = []
    for end, mine, other in ((-INF, f.left, MISH.left), (INF, f.right, MISH.right)):
        slope = mine.slope() - other.slope()
        limit = slope * end if slope else mine.intercept() - other.intercept()
        limits.append((end, limit, slope))
    return limits


def error_extrema(f: Written) -> list[tuple[Number, Number]]:
    """Local extrema of the error (interior or at a breakpoint), in order: (x, error)."""
    found = []
    for piece in error_pieces(f):
        if not piece.nothing:
            found += [
                (x, derivatives(piece.part, x, 1)[0])
                for x in roots(piece.part, piece.low, piece.high, order=1)
            ]
    parts = error_pieces(f)
    for i, x in enumerate(f.breakpoints()):
        left, right = (derivatives(p.part, x, 1)[1] for p in parts[i : i + 2])
        if mp.sign(left) * mp.sign(right) < 0:
            found.append((x, derivatives(parts[i].part, x, 1)[0]))
    return sorted(found)


def largest(candidates: list[tuple[Number, Number]]) -> dict[str, Any]:
    """The largest |value| of (x, value); of equals, those at finite x win, the rest are ties."""
    best = max(abs(v) for _, v in candidates)
    if best == 0:
        return {"value": "0", "x": None, "signed": "0"}
    same = [
        (x, v)
        for x, v in candidates
        if abs(v) == best or (mp.isfinite(best) and abs(abs(v) - best) < best * mp.mpf(10) ** -45)
    ]
    same.sort(key=lambda pair: (mp.isinf(pair[0]), pair[0]))
    row: dict[str, Any] = {"value": text(best), "x": text(same[0][0]), "signed": text(same[0][1])}
    others = sorted({text(x) for x, _ in same[1:]} - {row["x"]})
    return {**row, **({"ties": others} if others else {})}


def max_error(f: Written) -> dict[str, Any]:
    points = error_extrema(f)
    points += [(b, f.value(b) - MISH.value(b)) for b in f.breakpoints()]
    row = largest([*points, *((end, limit) for end, limit, _ in tail_limits(f))])
    if row["value"] not in ("0", "inf"):
        check_max(f, mp.mpf(row["value"]), order=0)
    return row


def max_slope_error(f: Written) -> dict[str, Any]:
    points: list[tuple[Number, Number]] = []
    for piece in error_pieces(f):
        if piece.nothing:
            points.append((mp.mpf(0), mp.mpf(0)))
            continue
        spots = roots(piece.part, piece.low, piece.high, order=2)
        spots += [b for b in (piece.low, piece.high) if mp.isfinite(b)]
        points += [(x, derivatives(piece.part, x, 1)[1]) for x in spots]
    row = largest([*points, *((end, slope) for end, _, slope in tail_limits(f))])
    if row["value"] != "0":
        check_max(f, mp.mpf(row["value"]), order=1)
    return row


def check_max(f: Written, claimed: Number, order: int) -> None:
    """A dense scan finds nothing larger than the claim, and comes as near as its step allows."""
    best, bend = 0.0, 0.0
    step = 1 / 400
    for piece in error_pieces(f):
        low, high = max(float(piece.low), -60.0), min(float(piece.high), 60.0)
        grid = np.linspace(low, high, int((high - low) / step) + 2, dtype=np.longdouble)
        rows = derivatives(piece.part, grid, order + 2)
        best = max(best, float(np.max(np.abs(rows[order]))))
        bend = max(bend, float(np.max(np.abs(rows[order + 2]))))
    for _, limit, slope in tail_limits(f):
        best = max(best, float(abs((limit, slope)[order])))
    slack = bend * step * step / 2 + 1e-15
    assert -1e-15 <= float(claimed) - best <= slack, (float(claimed), best, slack)


def norms(f: Written) -> dict[str, str]:
    """l1, l2 and gauss errors; "inf" where a tail of the error cannot be integrated."""
    parts = error_pieces(f)
    if all(p.nothing for p in parts):
        return {"l1_error": "0", "l2_error": "0", "gauss_error": "0"}
    constant_tail = any(limit != 0 for _, limit, _ in tail_limits(f))
    slow = "1/x" in (f.left.decay, f.right.decay)
    sums = [mp.mpf(0)] * 3
    for p in parts:
        if p.nothing:
            continue
        cuts = roots(p.part, p.low, p.high)
        one, two = (_norm_integrals(p, cuts, n, constant_tail) for n in (52, 44))
        assert all(abs(a - b) < abs(a) * mp.mpf(10) ** -41 for a, b in zip(one, two, strict=True))
        second = _tanh_sinh(p, cuts, constant_tail)
        assert all(abs(a - b) < mp.mpf(10) ** -24 for a, b in zip(one, second, strict=True))
        if slow:
            one[1] += _slow_square(p)
        sums = [s + v for s, v in zip(sums, one, strict=True)]
    return {
        "l1_error": text(INF if constant_tail or slow else sums[0]),
        "l2_error": text(INF if constant_tail else mp.sqrt(sums[1])),
        "gauss_error": text(mp.sqrt(sums[2])),
    }


def _integrand(p: Piece, x: Number) -> list[Number]:
    e = p.part(MP, x)
    weight = mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi) if abs(x) < 17 else mp.mpf(0)
    return [abs(e), e * e, e * e * weight]


def _span(p: Piece, only_gauss: bool) -> tuple[Number, Number]:
    reach = 16 if only_gauss else FAR
    return max(p.low, mp.mpf(-reach)), min(p.high, mp.mpf(reach))


def _norm_integrals(p: Piece, cuts: list[Number], n: int, only_gauss: bool) -> list[Number]:
    return integrals(lambda x: _integrand(p, x), panels(*_span(p, only_gauss), cuts), n)


def _tanh_sinh(p: Piece, cuts: list[Number], only_gauss: bool) -> list[Number]:
    low, high = _span(p, only_gauss)
    marks = [-80, -50, -35, -25, *range(-18, 19, 3), 25, 35, 50, 80]
    ends = [low, *sorted(mp.mpf(v) for v in {*marks, *cuts} if low < v < high), high]
    with mp.workdps(27):
        seen: dict[Number, list[Number]] = {}

        def values(x: Number) -> list[Number]:
            if x not in seen:
                seen[x] = _integrand(p, x)
            return seen[x]

        return [mp.quad(lambda x, i=i: values(x)[i], ends) for i in range(3)]


def _slow_square(p: Piece) -> Number:
    """∫e² beyond FAR, for an error that falls like 1/x, through t = 1/x."""
    total = mp.mpf(0)
    for side in (-1, 1):
        if not p.low < side * FAR < p.high:
            continue

        def square(t: Number, side: int = side) -> list[Number]:
            return [(_integrand(p, side / t)[0] / t) ** 2]

        one, two = (integrals(square, [(mp.mpf(0), 1 / mp.mpf(FAR))], n)[0] for n in (40, 30))
        assert abs(one - two) < mp.mpf(10) ** -44
        total += one
    return total


# All --------------------------------------------------------------------------------------------


def reference(f: Written) -> dict[str, Any]:
    check_tails(f)
    minima, maxima = extrema(f, 1), extrema(f, -1)
    found = kinks(f)
    points = error_extrema(f)
    return {
        "parameters": f.parameters,
        "minimum": overall(f, minima, 1),
        "maximum": overall(f, maxima, -1),
        "minima": minima,
        "maxima": maxima,
        "zeros": zeros(f),
        "kinks": found,
        "smoothness": smoothness(found),
        "tails": {
            side: {"slope": text(t.slope()), "intercept": text(t.intercept())}
            for side, t in (("left", f.left), ("right", f.right))
        },
        "against_mish": {
            "max_error": max_error(f),
            "max_slope_error": max_slope_error(f),
            **norms(f),
            "error_extrema": [{"x": text(x), "error": text(e)} for x, e in points],
        },
    }


def main() -> None:
    mp.dps = 60
    document = {}
    for name, f in FORMULAS.items():
        document[name] = reference(f)
        row = document[name]["against_mish"]["max_error"]
        print(f"{name:18} {row['value'][:20]:20} at {row['x']!s:.20}", file=sys.stderr, flush=True)
    write(Path(__file__).with_name("references.json"), document)


if __name__ == "__main__":
    main()
