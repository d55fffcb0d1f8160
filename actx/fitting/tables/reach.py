"""How far one polynomial piece reaches within an error, on samples.

A piece may have to keep to the samples on one side only at first: where the pieces of a broken line
must meet, the next one may begin anywhere between the last tangent of the one before and its end,
and it needs to lie on the right side of the samples in between (Imai and Iri, Polygonal
approximations of a curve, in Computational Morphology, 1988: windows of a tunnel).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from actx.core.arrays import Array

_EXCHANGES = 60
_LEVEL = 1e-12  # relative: an exchange is settled
_NOISE = 4e-16  # of values in float64


@dataclass(frozen=True)
class Samples:
    """Places in rising order, and the values of the function there."""

    x: Array
    f: Array

    def copy(self) -> Samples:
        """Samples that can be moved."""
        return Samples(self.x.copy(), self.f.copy())

    def move(self, index: int, x: float, value: float) -> None:
        """Put a sample to another place, between its neighbours."""
        self.x[index], self.f[index] = x, value


@dataclass(frozen=True)
class Start:
    """From which sample on a function is above a piece by the error at most, and below it."""

    above: int
    below: int


@dataclass(frozen=True)
class Touch:
    """Where a best piece touches: samples in rising order, and the sign of function - piece there.

    level: the error; negative where not even the samples force one.
    """

    at: tuple[int, ...]
    signs: tuple[int, ...]
    level: float


def piece_through(
    samples: Samples, at: Sequence[int], signs: Sequence[int], level: float
) -> tuple[list[float], list[float]]:
    """Nodes and divided differences of the polynomial with that error at touches but the last.

    The value is c0 + (x - n0)(c1 + (x - n1)(c2 + ...)).
    """
    nodes = [float(samples.x[i]) for i in at[:-1]]
    c = [float(samples.f[i]) - s * level for i, s in zip(at, signs, strict=True)][:-1]
    for k in range(1, len(c)):
        for i in range(len(c) - 1, k - 1, -1):
            c[i] = (c[i] - c[i - 1]) / (nodes[i] - nodes[i - k])
    return nodes, c


def newton(nodes: Sequence[float], differences: Sequence[float], x: Array) -> Array:
    """The values of a polynomial in Newton's form."""
    total: Array = np.full(x.shape, differences[-1])
    for node, c in zip(nodes[-2::-1], differences[-2::-1], strict=True):
        total = c + (x - node) * total
    return total


def levelled(samples: Samples, at: Sequence[int], signs: Sequence[int]) -> float:
    """The error that alternates on a reference: what no polynomial is below there."""
    x = [float(samples.x[i]) for i in at]
    up = down = 0.0
    scale = x[-1] - x[0]
    for i, a in enumerate(x):
        weight = 1.0
        for j, b in enumerate(x):
            if i != j:
                weight *= scale / (a - b)
        up += weight * float(samples.f[at[i]])
        down += weight * signs[i]
    return up / down


def best_touch(
    samples: Samples, degree: int, start: Start, end: int, guess: Touch | None = None
) -> Touch | None:
    """The best piece from a start to the sample `end`, by where it touches; None where it has none.

    guess: of a shorter or longer piece.
    """
    first = max(start.above, start.below)
    if end - first < degree + 1:
        return None
    at, signs = _reference(samples, degree, first, end, guess)
    lowest = min(start.above, start.below)
    x = samples.x[lowest : end + 1]
    f = samples.f[lowest : end + 1]
    skipped = start.above - lowest, start.below - lowest
    for _ in range(_EXCHANGES):
        level = levelled(samples, at, signs)
        p = newton(*piece_through(samples, at, signs, level), x)
        over, under = (f - p)[skipped[0] :], (p - f)[skipped[1] :]
        i, j = int(over.argmax()), int(under.argmax())
        largest, sign = (over[i], 1) if over[i] >= under[j] else (under[j], -1)
        new = (i + start.above) if sign > 0 else (j + start.below)
        noise = _NOISE * (abs(f[i + skipped[0]]) + abs(f[j + skipped[1]]))
        if largest <= level + abs(level) * _LEVEL + noise or not _exchanged(at, signs, new, sign):
            break
    return Touch(tuple(at), tuple(signs), level)


def _reference(
    samples: Samples, degree: int, first: int, end: int, guess: Touch | None
) -> tuple[list[int], list[int]]:
    if guess is not None and guess.at[0] >= first and len(guess.at) == degree + 2:
        if guess.at[-1] <= end:
            return list(guess.at), list(guess.signs)
        if guess.at[-2] < end:
            return [*guess.at[:-1], end], list(guess.signs)
    turns = (1 - np.cos(np.pi * np.arange(degree + 2) / (degree + 1))) / 2
    at = np.rint(first + (end - first) * turns).astype(int).tolist()
    for k in range(1, len(at)):  # apart from each other, within the samples
        at[k] = max(at[k], at[k - 1] + 1)
    at[-1] = end
    for k in range(len(at) - 2, -1, -1):
        at[k] = min(at[k], at[k + 1] - 1)
    signs = [(-1) ** k for k in range(degree + 2)]
    if levelled(samples, at, signs) < 0:
        signs = [-s for s in signs]
    return at, signs


def _exchanged(at: list[int], signs: list[int], new: int, sign: int) -> bool:
    """Take a sample into the reference, so that its signs go on alternating; False if it cannot."""
    if new in at:
        return False
    if new < at[0]:
        if signs[0] == sign:
            at[0] = new
        else:
            at[:], signs[:] = [new, *at[:-1]], [sign, *signs[:-1]]
    elif new > at[-1]:
        if signs[-1] == sign:
            at[-1] = new
        else:
            at[:], signs[:] = [*at[1:], new], [*signs[1:], sign]
    else:
        k = next(k for k in range(len(at) - 1) if at[k] < new < at[k + 1])
        at[k if signs[k] == sign else k + 1] = new
    return True


@dataclass(frozen=True)
class Reach:
    """A piece that goes as far as an error allows.

    end: the first sample that it does not reach, or the last of all; touch: where it touches up to
    there, the last place being `end` where it does not reach it. full: whether more was left.
    """

    end: int
    touch: Touch | None
    full: bool


def reach(
    samples: Samples, degree: int, start: Start, error: float, hint: Touch | int, last: int
) -> Reach:
    """How far a piece goes from a start within an error.

    hint: where such a piece touches, about, or how many samples it may have; last: the last sample
    that is looked at.
    """
    first = max(start.above, start.below)
    good, bad = first + degree, last + 1  # within the error; not
    touch: Touch | None = None  # of the piece up to `bad`
    found = hint if isinstance(hint, Touch) else None
    end = hint.at[-1] if isinstance(hint, Touch) else first + hint
    end = min(last, max(end, first + degree + 1))
    width = 4 * (bad - good)
    while good < last and bad - good > 1:
        found = best_touch(samples, degree, start, end, found) or found
        if found is None or found.level <= error:
            good = end
        else:
            bad, touch = end, found
        slow, width = 2 * (bad - good) > width, bad - good
        end = (good + bad) // 2
        if found is not None and not (slow and bad <= last):
            end = _next(samples.x, first, good, bad, found, error, degree)
    if touch is None:
        return Reach(last, best_touch(samples, degree, start, last, found), False)
    return Reach(bad, touch, True)


def _next(
    x: Array, first: int, good: int, bad: int, found: Touch, error: float, degree: int
) -> int:
    """Which sample to try next: where the error would be reached if it grew as a power."""
    guess = good + max(1, good - first)
    if found.level > 0:
        tried = bad if found.level > error else good
        length = (x[tried] - x[first]) * (error / found.level) ** (1 / (degree + 1))
        guess = int(x.searchsorted(x[first] + length, side="right")) - 1
    return min(max(guess, good + 1), max(bad - 1, good + 1), x.size - 1)
