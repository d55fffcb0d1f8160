"""Roots, integrals and number text for the reference scripts, at mpmath's working precision."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from handwritten import Number, Part, derivatives
from mpmath import mp

DIGITS = 40
NEAR = 15.0  # within ±NEAR scans run in long doubles, beyond it in mpmath
FAR = 130.0  # exponential tails are below 1e-54 from here on


def text(value: Number, digits: int = DIGITS) -> str:
    """A decimal string with `digits` significant digits; "inf" and "-inf" as such."""
    if mp.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    shown = str(mp.nstr(value, digits, strip_zeros=True))
    return shown[:-2] if shown.endswith(".0") else shown


def write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def polish(g: Callable[[Number], Sequence[Number]], low: Number, high: Number) -> Number | None:
    """The root of g[0] between low and high by safeguarded Newton (g[1] is the slope).

    None where g has one sign at both ends: the sign change seen before was rounding noise.
    """
    sign_low, sign_high = mp.sign(g(low)[0]), mp.sign(g(high)[0])
    if sign_low == 0 or sign_high == 0:
        return low if sign_low == 0 else high
    if sign_low == sign_high:
        return None
    x, near_zero = (low + high) / 2, mp.mpf(10) ** -20
    for _ in range(400):
        value, slope = g(x)
        if value == 0:
            return x
        if mp.sign(value) == sign_low:
            low = x
        else:
            high = x
        step = x - value / slope if slope else low
        x_next = step if low < step < high else (low + high) / 2
        if abs(x_next - x) <= max(abs(x_next), near_zero) * mp.mpf(2) ** (50 - mp.prec):
            return x_next
        x = x_next
    raise ArithmeticError(f"no convergence between {low} and {high}")


def roots(part: Part, low: Number, high: Number, order: int = 0) -> list[Number]:
    """All sign changes of the part's derivative of that order strictly between low and high."""
    found: list[Number] = []
    for a, b in sorted({*_near_brackets(part, low, high, order), *_far(part, low, high, order)}):
        root = _polished(part, mp.mpf(a), mp.mpf(b), order)
        if root is None:
            continue
        if abs(root) < mp.mpf(10) ** -45:
            root = mp.mpf(0)
        if low < root < high and not any(abs(root - r) < mp.mpf(10) ** -30 for r in found):
            found.append(root)
    return found


def _polished(part: Part, low: Number, high: Number, order: int) -> Number | None:
    # Extra digits, because in a tail the part may be a difference of nearly equal numbers.
    with mp.extradps(70):
        root = polish(lambda x: derivatives(part, x, order + 1)[order:], low, high)
    return None if root is None else +root


def _near_brackets(
    part: Part, low: Number, high: Number, order: int
) -> Iterable[tuple[float, float]]:
    # The odd shift keeps 0 and the breakpoints off the grid, so that a root is always bracketed.
    grid = np.arange(-NEAR, NEAR + 0.01, 0.0025, dtype=np.longdouble) + np.longdouble("0.000731")
    grid = grid[(grid > float(low)) & (grid < float(high))]
    ends = [float(v) + s * 1e-9 for v, s in ((low, 1), (high, -1)) if mp.isfinite(v)]
    grid = np.sort(np.append(grid, np.array(ends, dtype=np.longdouble)))
    if not len(grid):
        return []
    signs = np.sign(derivatives(part, grid, max(order, 1))[order])
    return [
        (float(grid[i]), float(grid[i + 1])) for i in np.nonzero(signs[:-1] * signs[1:] <= 0)[0]
    ]


def _far(part: Part, low: Number, high: Number, order: int) -> Iterable[tuple[float, float]]:
    brackets = []
    for side in (-1, 1):
        xs = [side * (NEAR - 0.3 + 0.25 * i) for i in range(int((FAR - NEAR) * 4))]
        xs = sorted(x for x in xs if low < x < high)
        with mp.extradps(70):
            signs = [mp.sign(derivatives(part, mp.mpf(x), max(order, 1))[order]) for x in xs]
        brackets += [(xs[i], xs[i + 1]) for i in range(len(xs) - 1) if signs[i] * signs[i + 1] <= 0]
    return brackets


@cache
def _legendre(n: int, prec: int) -> list[tuple[Number, Number]]:
    nodes = []
    with mp.workprec(prec + 20):
        for i in range(n):
            x = mp.cos(mp.pi * (i + mp.mpf(3) / 4) / (n + mp.mpf(1) / 2))
            for _ in range(12):
                before, now = mp.mpf(1), x
                for m in range(2, n + 1):
                    before, now = now, ((2 * m - 1) * x * now - (m - 1) * before) / m
                slope = n * (x * now - before) / (x * x - 1)
                step = now / slope
                x -= step
                if abs(step) < mp.mpf(2) ** (-prec - 5):
                    break
            nodes.append((x, 2 / ((1 - x * x) * slope * slope)))
    return nodes


def panels(low: Number, high: Number, cuts: Iterable[Number]) -> list[tuple[Number, Number]]:
    """Panels short enough for Gauss-Legendre rules, with all the cuts as ends."""
    marks = [mp.mpf(v) for v in range(-40, 41, 2)]
    marks += [side * mp.mpf(v) for side in (-1, 1) for v in range(44, int(FAR) + 1, 4)]
    low, high = max(low, mp.mpf(-FAR)), min(high, mp.mpf(FAR))
    inner = [v for v in [*marks, *cuts] if low < v < high]
    ends = sorted({low, high, *inner})
    return list(pairwise(ends))


def integrals(
    values: Callable[[Number], Sequence[Number]], where: Iterable[tuple[Number, Number]], n: int
) -> list[Number]:
    """∫ of each of the values over the panels, by n-point Gauss-Legendre rules."""
    total: list[Number] = []
    for a, b in where:
        half, middle = (b - a) / 2, (a + b) / 2
        for node, weight in _legendre(n, mp.prec):
            row = [v * half * weight for v in values(middle + half * node)]
            total = [s + v for s, v in zip(total, row, strict=True)] if total else row
    return total
