"""Pieces end to end, each as long as an error allows, and the least error for a number of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from actx.core.arrays import Array
from actx.fitting.tables.reach import (
    Samples,
    Start,
    Touch,
    best_touch,
    newton,
    piece_through,
    reach,
)

_TRIALS = 120
_NOTHING = 1e-300
_WITHIN = (1e-4, 1e-8, 1e-10, 1e-11, 1e-12, 1e-12)  # rounds, each with more samples
_BETTER = 1e-9  # relative: a round that changes less is the last one
_APART = 4e-16  # relative: samples that are nearer to each other are one
_SECANTS = 4
_JUMP = 4.0  # times what a power law says of pieces that are needed
_NEAR = 1e-2  # of a gap: with a sample that is nearer to its neighbour nothing is interpolated


@dataclass(frozen=True)
class Link:
    """A piece: where it starts, and where it touches."""

    start: Start
    touch: Touch


@dataclass(frozen=True)
class Chain:
    """Pieces from left to right for an error.

    samples: those that the links speak of, some of them moved to where a piece ends. over: by how
    much the last piece's own error is above it, all pieces before it having just that error;
    negative where fewer pieces are enough. needed: how many pieces the error needs, a last one that
    needs less of it counting as a part: the error is about this number to the power of -(degree+1).
    whole: whether the last piece of all is among the links.
    """

    samples: Samples
    links: tuple[Link, ...]
    error: float
    over: float
    needed: float
    whole: bool = False


def chain(
    given: Samples, degree: int, joined: bool, count: int, error: float, hint: Chain | None
) -> Chain:
    """So many pieces, each but the last as long as an error allows.

    joined: whether broken lines have to meet; otherwise a piece begins where the last one ends.
    hint: a chain for an error nearby.
    """
    samples = given.copy()
    last = samples.x.size - 1
    start = Start(0, 0)
    links: list[Link] = []
    guess: Touch | int = last // count
    known = () if hint is None else hint.links
    for k in range(count - 1):
        found = reach(
            samples, degree, start, error, known[k].touch if k < len(known) else guess, last
        )
        if not found.full or found.touch is None:
            return Chain(
                samples, tuple(links), error, -error, k + _part(found.touch, error, degree)
            )
        touch = _ended(samples, found.touch, error)
        links.append(Link(start, touch))
        guess = found.end - max(start.above, start.below)
        start = _after(touch, joined)
    rest = best_touch(samples, degree, start, last)
    needed = count - 1 + _part(rest, error, degree)
    if rest is None:
        return Chain(samples, tuple(links), error, -error, needed)
    return Chain(samples, (*links, Link(start, rest)), error, rest.level - error, needed, True)


def _part(touch: Touch | None, error: float, degree: int) -> float:
    """What part of a piece of that error a piece is, by its own error."""
    own = 0.0 if touch is None else max(touch.level, 0.0)
    return float((own / error) ** (1 / (degree + 1)))


def _ended(samples: Samples, touch: Touch, error: float) -> Touch:
    """The touch of a piece with its last sample moved to where the piece leaves the error."""
    end, sign = touch.at[-1], touch.signs[-1]
    near = _around(samples.x, end)
    x, f = samples.x[near], samples.f[near]
    off = sign * (f - newton(*piece_through(samples, touch.at, touch.signs, error), x)) - error
    k = near.index(end)
    lo, hi, y_lo, y_hi = float(x[k - 1]), float(x[k]), float(off[k - 1]), float(off[k])
    if not y_hi > 0:
        return touch
    at = math.nextafter(lo, hi)
    for _ in range(
        _SECANTS if y_lo < 0 else 0
    ):  # on the parabola or cubic through the samples around
        at = lo + (hi - lo) * y_lo / (y_lo - y_hi)
        value = _interpolated(x, off, at)
        if value < 0:
            lo, y_lo = at, value
        else:
            hi, y_hi = at, value
    samples.move(end, at, _interpolated(x, f, at))
    return Touch(touch.at, touch.signs, error)


def _around(x: Array, end: int) -> list[int]:
    """The samples before and at the end of a piece, and those beside, if they are apart enough."""
    least = _NEAR * (x[end] - x[end - 1])
    before = [end - 2] if end >= 2 and x[end - 1] - x[end - 2] > least else []
    after = [end + 1] if end + 1 < x.size and x[end + 1] - x[end] > least else []
    return [*before, end - 1, end, *after]


def _interpolated(x: Array, y: Array, at: float) -> float:
    """The value at a place of the polynomial through points."""
    total = 0.0
    for i, (a, value) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        for j, b in enumerate(x.tolist()):
            if i != j:
                value *= (at - b) / (a - b)
        total += value
    return total


def _after(touch: Touch, joined: bool) -> Start:
    """Where the next piece starts."""
    tangent, end = touch.at[-2:]
    if not joined:
        return Start(end, end)
    return Start(end, tangent) if touch.signs[-1] > 0 else Start(tangent, end)


@dataclass(frozen=True)
class Levelled:
    """The least error that so many pieces have, from both sides.

    enough: the pieces with it; short: so many pieces that are just not enough.
    """

    enough: Chain
    short: Chain


def least(
    samples: Samples, degree: int, joined: bool, count: int, guess: float, off: float, within: float
) -> Levelled | None:
    """So many pieces with the least error that they can have; None where nothing is an error.

    guess: of that error, which may be off by so much, relatively; within: to what it is brought.
    """
    below: Chain | None = None
    above: Chain | None = None
    made: Chain | None = None
    error, widths = guess, [math.inf] * 3
    for _ in range(_TRIALS):
        made = chain(samples, degree, joined, count, error, made)
        if made.over > 0:
            below = made
        else:
            above = made
        if above is not None and above.error < _NOTHING:
            return None
        if above is None or below is None:
            error *= (made.needed / count) ** (degree + 1) * math.exp(
                off if above is None else -off
            )
            error, off = max(error, _NOTHING / 2), 4 * off
            continue
        widths.append(above.error - below.error)
        if widths[-1] <= within * above.error:
            break
        slow = widths[-1] > widths[-3] / 2
        error = _between(below, above, count, degree, within, slow)
    return None if above is None or below is None else Levelled(above, below)


def _between(
    below: Chain, above: Chain, count: int, degree: int, within: float, slow: bool
) -> float:
    """The next error to try, by the pieces that both need.

    Near an end it is a little beyond what they tell, so that the interval closes. What is needed
    may jump, as where a piece gets beyond a turning point: then halves are best, as they are where
    the interval has not been getting narrower (slow).
    """
    width = math.log(above.error / below.error)
    steep = below.needed - above.needed > _JUMP * count * width / (degree + 1)
    if slow or steep or not below.needed > count > above.needed > 0:
        return math.sqrt(below.error * above.error)
    ends = [math.log(each.needed / count) for each in (below, above)]
    share = ends[0] / (ends[0] - ends[1])
    beyond = math.copysign(min(within / 2 / width, 0.25), 0.5 - share)
    return below.error * math.exp(width * min(max(share + beyond, abs(beyond)), 1 - abs(beyond)))


def placed(
    sampled: Callable[[Array], Samples], x: Array, degree: int, joined: bool, count: int,
    roughly: float | None = None,
) -> Levelled | None:  # fmt: skip
    """So many pieces with the least error, on samples that become closer where pieces touch.

    sampled: the samples at places; x: the places to begin with. roughly: how near it has to be
    brought to the least error, None for as near as can be.
    """
    samples = sampled(x)
    spread = float(np.ptp(samples.f)) or 1.0
    found, off = None, 1.0
    error = spread / count ** (degree + 1)
    for within in _WITHIN if roughly is None else (roughly,):
        if found is not None:
            nearer = np.union1d(samples.x, [*_touching(found.enough), *_touching(found.short)])
            samples = sampled(nearer[np.diff(nearer, prepend=-np.inf) > _APART * np.abs(nearer)])
        better = least(samples, degree, joined, count, error, off, within)
        if better is None:
            return None
        found, change = better, abs(better.enough.error / error - 1)
        error, off = found.enough.error, max(min(change, 1.0) / 64, within)
        if change <= _BETTER:
            break
    return found


def _touching(chain: Chain) -> list[float]:
    """Where pieces really touch, and end."""
    found, samples = [], chain.samples
    for link in chain.links:
        found.append(float(samples.x[link.touch.at[-1]]))
        nodes, c = piece_through(samples, link.touch.at, link.touch.signs, chain.error)
        for index, sign in zip(link.touch.at[:-1], link.touch.signs, strict=False):
            if not 0 < index < samples.x.size - 1:
                continue
            near = slice(index - 1, index + 2)
            x, f = samples.x[near], samples.f[near]
            found += _vertex(x, sign * (f - newton(nodes, c, x)))
    return found


def _vertex(x: Array, y: Array) -> list[float]:
    """Where the parabola through three points is largest."""
    if not y[1] >= max(y[0], y[2]):
        return []
    a, b = (y[1] - y[0]) / (x[1] - x[0]), (y[2] - y[1]) / (x[2] - x[1])
    bend = (b - a) / (x[2] - x[0])
    return [float(np.clip((x[0] + x[1]) / 2 - a / (2 * bend), x[0], x[2]))] if bend < 0 else []
