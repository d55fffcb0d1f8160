"""Coefficients as they are written: short, and exactly what is asked of them where they can be."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from actx.arithmetic.systems import fraction, solution
from actx.calculus.proven.identity import coefficients, proven_equal
from actx.fitting.horner import rounded
from actx.fitting.linear.columns import Polynomials, value_at
from actx.fitting.linear.levelling import Level
from actx.fitting.linear.strips import Strip
from actx.fitting.linear.table import Table
from actx.language.text import number_text
from actx.language.tokens import MAX_DIGITS
from actx.language.tree import ONE

_LOSS = 2e-11  # what rounding of the coefficients may add to the error, relatively
_KEPT = Fraction(1, 10**12)  # by how much what is required may fail for it
_FINE = Fraction(1, 10**12)  # of that, for a coefficient that follows from others
_SIMPLE = 1000  # denominators of shares in a dependent column


def short(level: Level, samples: Table) -> tuple[Fraction, ...]:
    """Decimals as short as the error allows.

    Where the error has to be 0, and at single places where the best has it at its limit, some of
    the coefficients follow from the others, as fractions where what is asked is rational.
    """
    values = [fraction(c) for c in level.coefficients]
    ties = _Ties(level, samples)
    free = [k for k in range(len(values)) if k not in ties.pivots]
    for k in free:
        values[k] = rounded(values[k], 1 / (len(values) * ties.reach(k)))
    for k, row in ties.rows.items():
        value = row[-1] - sum((row[j] * values[j] for j in free), Fraction(0))
        exact = ties.exact and len(number_text(abs(value))[0]) <= MAX_DIGITS
        values[k] = value if exact else rounded(value, _FINE / ties.effects[k])
    return tuple(values)


class _Ties:
    """Equations that coefficients must keep to, each solved for one of them.

    rows: by the coefficient that follows, the factors of the others and the right side. exact:
    whether they are rational. effects: how many times what rounding may do one unit of each does.
    """

    def __init__(self, level: Level, samples: Table) -> None:
        places = [(samples.places[i][0], samples.at[i]) for i in samples.ties]
        fixed = (a for a in level.anchors if a.sign and not a.strip.part.small)
        places += [(a.strip, a.x) for a in fixed if a.strip.is_point]
        found = [_exact_row(strip, x) for strip, x in places]
        self.exact = all(exact for _, exact in found)
        self.sizes = [Fraction(float(s)) for s in samples.sizes]
        allowed = fraction(level.level) * Fraction(_LOSS)
        elsewhere = (Fraction(float(s)) / _KEPT for s in samples.elsewhere)
        self.effects = [
            s / allowed + r or Fraction(1) for s, r in zip(self.sizes, elsewhere, strict=True)
        ]
        self.rows: dict[int, list[Fraction]] = {}
        for row, _ in found:
            self._solve(row)

    @property
    def pivots(self) -> set[int]:
        """The coefficients that follow from others."""
        return set(self.rows)

    def reach(self, k: int) -> Fraction:
        """The effect of one unit of a coefficient, with those that follow."""
        others = (abs(row[k]) * self.effects[p] for p, row in self.rows.items())
        return self.effects[k] + sum(others, Fraction(0))

    def _solve(self, row: list[Fraction]) -> None:
        for p, known in self.rows.items():
            row = [a - row[p] * b for a, b in zip(row, known, strict=True)]
        weighed = [abs(a) / (s or 1) for a, s in zip(row[:-1], self.sizes, strict=True)]
        k = max(range(len(weighed)), key=weighed.__getitem__)
        if weighed[k] <= Fraction(1, 10**20):  # it follows from the others
            return
        row = [a / row[k] for a in row]
        for p, known in self.rows.items():
            self.rows[p] = [a - known[k] * b for a, b in zip(known, row, strict=True)]
        self.rows[k] = row


def _exact_row(strip: Strip, x: Any) -> tuple[list[Fraction], bool]:
    """All columns and the goal at a place, and whether that is exact."""
    goal, columns = coefficients(strip.goal), strip.columns
    if goal is None or strip.weight is not ONE or not isinstance(columns, Polynomials):
        return [fraction(v) for v in strip.row(x)], False
    at = fraction(x)
    *row, offset = columns.exact(at)
    return [*row, value_at(goal, at) - offset], True


# --- columns that are sums of others ---


def is_spanned(samples: Table, strips: Sequence[Strip], k: int) -> bool:
    """Whether a column that was left out is proven to be a combination of the others.

    If it were not, a bound without it would be false.
    """
    rows = [samples.row(i) for i in samples.nodes]
    kept = [[row[m] for m in samples.kept] for row in rows]
    shares = solution(kept, [row[k] for row in rows])
    if shares is None:
        return False
    size = samples.sizes.size
    simple = _full(samples.kept, [fraction(v).limit_denominator(_SIMPLE) for v in shares], size)
    alone = _full([k], [Fraction(1)], size)
    return all(
        proven_equal(strip.columns.tree(simple), strip.columns.tree(alone)) for strip in strips
    )


def interpolant(samples: Table, size: int) -> list[Fraction] | None:
    """The coefficients with which the error is 0 at all nodes."""
    rows = [samples.row(i) for i in samples.nodes]
    kept = [[row[m] for m in samples.kept] for row in rows]
    shares = solution(kept, [row[-1] for row in rows])
    if shares is None:
        return None
    return _full(samples.kept, list(map(fraction, shares)), size)


def _full(kept: Sequence[int], shares: Sequence[Fraction], size: int) -> list[Fraction]:
    """All coefficients; those that are not kept are 0."""
    found = [Fraction(0)] * size
    for k, share in zip(kept, shares, strict=True):
        found[k] = share
    return found
