"""Write best.json: the least errors of polynomials and rational functions, to 30 digits.

Run by hand (some minutes): python tests/oracles/references/make_best.py
No code of the package is used. The exchange of Remez runs at 60 digits: a linear system in the
Chebyshev basis (for rational functions one that takes the denominator of the round before beside
the level, after Maehly) gives the function whose error is ±level on the reference; the extrema of
its error on each smooth part, found on a grid and polished by parabolas, are the next reference.
It ends when the largest error is the level to 30 digits, so that de la Vallée-Poussin's theorem
bounds the least error from both sides by what is written.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from handwritten import FORMULAS, Number
from mpmath import mp
from numerics import text, write

DIGITS = 30
ROUNDS = 60


@dataclass(frozen=True)
class Case:
    f: Callable[[Number], Number]
    low: str
    high: str
    breaks: tuple[str, ...] = ()
    degrees: tuple[int, ...] = tuple(range(2, 21))
    types: tuple[tuple[int, int], ...] = ()


mish, gelu = FORMULAS["mish"].value, FORMULAS["gelu"].value
CASES = {
    "mish 4": Case(mish, "-4", "4", types=((1, 1), (2, 2), (3, 3), (4, 4), (5, 3), (6, 6))),
    "mish 8": Case(mish, "-8", "8", types=((2, 2), (4, 4))),
    "exp": Case(mp.exp, "-1", "1", types=((1, 1), (2, 2), (3, 3), (4, 2), (6, 6))),
    "abs": Case(abs, "-1", "1", ("0",)),
    "relu": Case(lambda x: max(x, mp.mpf(0)), "-1", "1", ("0",), types=((1, 1), (2, 2))),
    "gelu": Case(gelu, "-4", "4", types=((2, 2), (4, 4))),
}


def chebyshev(t: Number, degree: int) -> list[Number]:
    values = [mp.mpf(1), t]
    while len(values) <= degree:
        values.append(2 * t * values[-1] - values[-2])
    return values[: degree + 1]


class Exchange:
    """The best p/q of degrees m and n for one case; a polynomial for n = 0."""

    def __init__(self, case: Case, m: int, n: int) -> None:
        self.case, self.m, self.n = case, m, n
        self.low, self.high = mp.mpf(case.low), mp.mpf(case.high)
        ends = [self.low, *(mp.mpf(b) for b in case.breaks), self.high]
        count = 24 * (m + n + 2)
        self.parts = [
            [a + (b - a) * (1 - mp.cos(mp.pi * i / count)) / 2 for i in range(count + 1)]
            for a, b in pairwise(ends)
        ]
        self.values = [[case.f(x) for x in part] for part in self.parts]
        self.p: list[Number] = []
        self.q: list[Number] = [mp.mpf(1)] + [mp.mpf(0)] * n

    def t(self, x: Number) -> Number:
        return (2 * x - self.low - self.high) / (self.high - self.low)

    def function(self, x: Number) -> Number:
        table = chebyshev(self.t(x), max(self.m, self.n, 1))
        top = mp.fsum(c * v for c, v in zip(self.p, table, strict=False))
        return top / mp.fsum(c * v for c, v in zip(self.q, table, strict=False))

    def level(self, reference: list[Number]) -> Number:
        """Solve p - f q = ±level q on the reference, with q = 1 + ...; rounds for q if it moves."""
        level = mp.mpf(0)
        for _ in range(1 if self.n == 0 else 40):
            rows, right = [], []
            for i, x in enumerate(reference):
                table, f = chebyshev(self.t(x), max(self.m, self.n, 1)), self.case.f(x)
                q = mp.fsum(c * v for c, v in zip(self.q, table, strict=False))
                tail = [-(f + (-1) ** i * level) * v for v in table[1 : self.n + 1]]
                # p - (f + s·L)(1 + rest of q) - s·(level - L) q = 0, q of the round before
                rows.append([*table[: self.m + 1], *tail, -((-1) ** i) * q])
                right.append(f + (-1) ** i * level)
            solved = mp.lu_solve(mp.matrix(rows), mp.matrix(right))
            flat = list(solved)
            self.p = flat[: self.m + 1]
            self.q = [mp.mpf(1), *flat[self.m + 1 : self.m + 1 + self.n]]
            level += flat[-1]
            if abs(flat[-1]) < abs(level) * mp.mpf(10) ** -40:
                break
        return level

    def extrema(self) -> list[tuple[Number, Number]]:
        """(x, error) of the local extrema, of each run of one sign the largest."""
        runs: list[tuple[Number, Number]] = []
        for part, values in zip(self.parts, self.values, strict=True):
            e = [self.function(x) - f for x, f in zip(part, values, strict=True)]
            for i, x in enumerate(part):
                beside = [e[j] for j in (i - 1, i + 1) if 0 <= j < len(e)]
                if all(abs(e[i]) >= mp.sign(e[i]) * b for b in beside):
                    x, value = self.polished(part, i, mp.sign(e[i]))
                    if runs and mp.sign(runs[-1][1]) == mp.sign(value):
                        runs[-1] = max(runs[-1], (x, value), key=lambda r: abs(r[1]))
                    else:
                        runs.append((x, value))
        return runs

    def polished(self, part: list[Number], i: int, sign: Number) -> tuple[Number, Number]:
        def height(x: Number) -> Number:
            return sign * (self.function(x) - self.case.f(x))

        x = part[i]
        low, high = part[0], part[-1]
        step = min(part[j + 1] - part[j] for j in (i - 1, i) if 0 <= j < len(part) - 1) / 2
        if x in (low, high):
            inward = step / 1000 * (1 if x == low else -1)
            if height(x + inward) < height(x):
                return x, sign * height(x)
        for _ in range(12):
            middle = min(max(x, low + step), high - step)
            a, b, c = (height(middle + k * step) for k in (-1, 0, 1))
            curve = a - 2 * b + c
            move = step * (a - c) / (2 * curve) if curve < 0 else step * mp.sign(c - a)
            x = min(max(middle + max(min(move, step), -step), low), high)
            step = max(step / 50, mp.mpf(10) ** -20)
        return x, sign * height(x)

    def best(self) -> Number:
        count = self.m + self.n + 2
        reference = [
            (self.low + self.high) / 2
            - (self.high - self.low) / 2 * mp.cos(mp.pi * i / (count - 1))
            for i in range(count)
        ]
        for _ in range(ROUNDS):
            level = abs(self.level(reference))
            runs = self.extrema()
            top = max(abs(v) for _, v in runs)
            if top - level < level * mp.mpf(10) ** -(DIGITS + 2):
                assert len(runs) >= count
                return level
            while len(runs) > count:
                if len(runs) == count + 1:
                    runs.pop(0 if abs(runs[0][1]) < abs(runs[-1][1]) else -1)
                    continue
                sizes = [abs(v) for _, v in runs]
                pair = min(range(len(runs) - 1), key=lambda i: max(sizes[i], sizes[i + 1]))
                if min(sizes[0], sizes[-1]) < max(sizes[pair], sizes[pair + 1]):
                    runs.pop(0 if sizes[0] < sizes[-1] else -1)
                else:
                    del runs[pair : pair + 2]
            assert len(runs) == count, (self.m, self.n, len(runs))
            reference = [x for x, _ in runs]
        raise ArithmeticError(f"no convergence for type ({self.m}, {self.n})")


def main() -> None:
    mp.dps = 60
    document = {}
    for name, case in CASES.items():
        rows = {"polynomials": {}, "rationals": {}}
        for degree in case.degrees:
            rows["polynomials"][str(degree)] = text(Exchange(case, degree, 0).best(), DIGITS)
        for m, n in case.types:
            rows["rationals"][f"{m} {n}"] = text(Exchange(case, m, n).best(), DIGITS)
        print(name, rows, file=sys.stderr, flush=True)
        document[name] = {"domain": [case.low, case.high], **rows}
    write(Path(__file__).with_name("best.json"), document)


if __name__ == "__main__":
    main()
