"""The best tables of a family: broken lines between the asymptotes of a target, or on its domain.

Knots are a power of two apart, at multiples of it, so that a shift finds a piece; at halves of
halves of such stretches, so that a shift and a table of indices find it; or at the best places.
Where the domain has no end, the target's asymptote goes on from the first or last knot, which lies
where the error beyond is about that between knots. Entries are the best ones, with as few decimals
as leave the error as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush

import numpy as np

from actx.arithmetic.brackets import bracketed
from actx.arithmetic.tables import MOST_PLACES, Table
from actx.calculus.formula import Formula
from actx.calculus.values import evaluate
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.core.errors import FitError
from actx.fitting.results import Bound
from actx.fitting.rounding.grid import grid
from actx.fitting.tables.best import Wanted, best_table
from actx.fitting.tables.ends import Choice
from actx.fitting.tables.function import Function
from actx.fitting.tables.results import BestTable
from actx.language.tokens import MAX_LENGTH
from actx.language.tree import ONE, Node, X, lookup
from actx.studies.search.families import EVEN, FREE, POWERS, Member
from actx.studies.search.ranges import LEFT, RIGHT, Outside, outside

_FINEST, _WIDEST = -16, 6  # powers of two that knots may be apart
_COARSE = 3  # how many halvings finer stretches may be to begin with than the whole range
_DIGITS = 2.3  # of the error, in decimals, that rounding entries leaves as they are
_LEVELS = (1e-12, 1.0)  # between which the error at free ends is looked for
_NEAR = 0.02  # how closely it is, as a logarithm
_PLACES = 3  # decimals of free ends
_LOOKED_AT = 32  # parts of a piece
_AWAY = 64.0  # an end that is further off than this is none for a table


@dataclass(frozen=True)
class Tabled:
    """A table as a formula, and the bound of what others reach."""

    formula: Node
    bound: Bound


def tabled(member: Member, target: Formula, domain: Domain, budget: float) -> Tabled:
    """The table of a member. Raises FitError where the target has no asymptote to end at."""
    sides = [outside(None, target.bound, ONE, domain, side) for side in (LEFT, RIGHT)]
    even = member.family.places != FREE
    place = {EVEN: _even, POWERS: _powers, FREE: _free}[member.family.places]
    edges, off = place(member.pieces, target.bound, sides)
    where = Domain(float(edges[0]), float(edges[-1]))
    function = Function(target.bound, where)
    ends = [Choice.NONE if side.tree is None else Choice.LINE for side in sides]
    digits = math.ceil(_DIGITS - math.log10(max(off, _LEVELS[0])))
    entries = grid(f"decimal:{max(digits, 0)}")
    inner = tuple(edges[1:-1]) if even else None
    wanted = Wanted(
        where, member.pieces if inner is None else len(inner) + 1, 1, 0, inner,
        (ends[0], ends[1]), entries, None if even else entries, rivals=not even,
    )  # fmt: skip
    made = best_table(target, function, wanted, Budget(budget))
    table = made.exact if not even else _without_edges(made, sides)
    formula = lookup(table, X)
    bound = _bound(made, sides)
    if len(_text(formula)) > MAX_LENGTH:
        raise FitError("Its text would be longer than a formula may be.")
    return Tabled(formula, bound)


def _text(formula: Node) -> str:
    from actx.language.text import to_text

    text = to_text(formula)
    return text * MAX_LENGTH if "…" in text else text


def _bound(made: BestTable, sides: list[Outside]) -> Bound:
    """What tables reach, of as many pieces on the same range."""
    where = " on the domain" if all(side.tree is None for side in sides) else " on this range"
    largest = made.max_error
    upper = largest.value if largest.proven else math.inf
    return Bound.between(made.bound.lower, upper, made.bound.over + where, made.bound.by)


def _without_edges(made: BestTable, sides: list[Outside]) -> Table:
    """A table whose outer lines go on to the ends of the domain, where it has some.

    The ends are no multiples of the spacing as its other knots are.
    """
    table = made.exact
    knots, rows = list(table.knots), list(table.rows)
    if sides[1].tree is None and len(knots) > 2:
        knots.pop()
        rows.pop()
    if sides[0].tree is None and len(knots) > 2:
        rows[:2] = [table.about(1, knots[1])]
        knots.pop(0)
    return Table(knots, rows)


def _even(count: int, target: Node, sides: list[Outside]) -> tuple[list[Fraction], float]:
    """Ends and knots of at most so many pieces, and their error: of all spacings the best."""
    tried = [
        (max(_between(target, edges), *_beyond(sides, edges)), -power, edges)
        for power in range(_FINEST, _WIDEST + 1)
        for edges in _spaced(count, Fraction(2) ** power, sides)
    ]
    if not tried:
        raise FitError("No spacing of so many pieces suits the domain.")
    off, _, edges = min(tried, key=lambda each: each[:2])
    return edges, off


def _spaced(count: int, step: Fraction, sides: list[Outside]) -> Iterator[list[Fraction]]:
    """Ends and knots at multiples of a step: on the whole domain, or where the tails are best."""
    left, right = sides
    if count * step > 2 * _AWAY and (left.tree is not None or right.tree is not None):
        return
    lo, hi = (None if s.tree is not None else Fraction(repr(float(s.limit))) for s in sides)
    if lo is not None and hi is not None:
        first, last = math.floor(lo / step) + 1, math.ceil(hi / step) - 1
        if last - first + 2 <= count and last > first:
            yield [lo, *(k * step for k in range(first, last + 1)), hi]
    elif lo is not None:
        first = math.floor(lo / step) + 1
        yield [lo, *(k * step for k in range(first, first + count))]
    elif hi is not None:
        last = math.ceil(hi / step) - 1
        yield [*(k * step for k in range(last + 1 - count, last + 1)), hi]
    else:
        first = _balanced(left, right, step, count)
        yield [k * step for k in range(first, first + count + 1)]


def _balanced(left: Outside, right: Outside, step: Fraction, count: int) -> int:
    """The first multiple of a step, for which the tails on both sides have the least error."""
    width, unit = float(count * step), float(step)
    low, high = math.floor(-_AWAY / unit) - count, math.ceil(_AWAY / unit)

    def more(k: int) -> bool:
        return left.error_beyond(k * unit) < right.error_beyond(k * unit + width)

    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if more(middle) else (low, middle)
    return min(
        (low, high),
        key=lambda k: max(left.error_beyond(k * unit), right.error_beyond(k * unit + width)),
    )


def _powers(count: int, target: Node, sides: list[Outside]) -> tuple[list[Fraction], float]:
    """The same with the worst stretch halved until there are enough, from the best coarse ones."""
    limits = tuple(None if s.tree is not None else Fraction(repr(float(s.limit))) for s in sides)
    lo, hi = _ends(sides, lambda f: f.limit(1) / count**2, target)
    widest = math.ceil(math.log2(hi - lo))
    tried = []
    for power in range(widest - _COARSE, widest + 1):
        step = Fraction(2) ** power
        first, last = math.floor(lo / step), math.ceil(hi / step)
        if last - first <= count:
            stretches = [(k * step, (k + 1) * step) for k in range(first, last)]
            edges, off = _refined(count, target, stretches, limits)
            tried.append((max(off, *_beyond(sides, edges)), -power, edges))
    if not tried:
        raise FitError("No spacing of so many pieces suits the domain.")
    off, _, edges = min(tried, key=lambda each: each[:2])
    return edges, off


def _refined(
    count: int,
    target: Node,
    stretches: list[tuple[Fraction, Fraction]],
    limits: tuple[Fraction | None, ...],
) -> tuple[list[Fraction], float]:
    """Stretches halved, the worst first, as far as a table of indices goes; and their error."""
    lo, hi = limits
    finest = (stretches[-1][1] - stretches[0][0]) / MOST_PLACES

    def cut(a: Fraction, b: Fraction) -> list[Fraction]:
        return [a if lo is None else max(a, lo), b if hi is None else min(b, hi)]

    def judged(a: Fraction, b: Fraction) -> tuple[float, Fraction, Fraction]:
        ends = cut(a, b)
        return -_between(target, ends) if ends[0] < ends[1] else 0.0, a, b

    waiting = [judged(a, b) for a, b in stretches]
    heapify(waiting)
    while len(waiting) < count and (waiting[0][2] - waiting[0][1]) / 2 >= finest:
        _, a, b = heappop(waiting)
        middle = (a + b) / 2
        for part in ((a, middle), (middle, b)):
            heappush(waiting, judged(*part))
    inner = sorted(a for _, a, _ in waiting)[1:]
    ends = cut(stretches[0][0], stretches[-1][1])
    return [ends[0], *(k for k in inner if ends[0] < k < ends[1]), ends[1]], -waiting[0][0]


def _free(count: int, target: Node, sides: list[Outside]) -> tuple[list[Fraction], float]:
    """The ends of a range at which the tails' error is that of the best table between them; it."""

    def inside(function: Function) -> float:
        return function.roughly(count, _NEAR)

    lo, hi = _ends(sides, inside, target)
    return [lo, hi], inside(Function(target, Domain(float(lo), float(hi))))


def _ends(
    sides: list[Outside], inside: Callable[[Function], float], target: Node
) -> tuple[Fraction, Fraction]:
    """The ends of a range: of the domain, or where the tails' error is that inside."""
    if all(side.tree is None for side in sides):
        lo, hi = (Fraction(repr(float(side.limit))) for side in sides)
        return lo, hi

    def ends(log: float) -> list[float]:
        found = [side.reach(math.exp(log)) for side in sides]
        if any(end is None or abs(end) > _AWAY for end in found):
            raise FitError("The target comes near to its asymptotes too slowly for a table.")
        return [round(float(end or 0.0), _PLACES) for end in found]

    def excess(log: float) -> float:
        try:
            lo, hi = ends(log)
        except FitError:
            return math.inf
        error = inside(Function(target, Domain(lo, hi))) if lo < hi else 0.0
        return math.log(error) - log if error else -math.inf

    log = bracketed(excess, math.log(_LEVELS[0]), math.log(_LEVELS[1]), _NEAR)
    lo, hi = (Fraction(repr(end)) for end in ends(log))
    if not lo < hi:
        raise FitError("The target is its asymptotes, as near as a table is.")
    return lo, hi


def _between(target: Node, edges: list[Fraction]) -> float:
    """About the error of the best lines: half of that of lines through the function's values."""
    x = np.array([float(edge) for edge in edges])
    parts = np.arange(1, _LOOKED_AT) / _LOOKED_AT
    middle = (x[:-1, None] + parts * np.diff(x)[:, None]).ravel()
    with np.errstate(all="ignore"):
        values, between = (np.asarray(evaluate(target, at), dtype=float) for at in (x, middle))
    values = np.broadcast_to(values, x.shape)
    off = np.abs(np.broadcast_to(between, middle.shape) - np.interp(middle, x, values))
    return float(np.max(off)) / 2 if np.all(np.isfinite(off)) else math.inf


def _beyond(sides: list[Outside], edges: list[Fraction]) -> tuple[float, float]:
    """The errors of what stands outside."""
    left, right = sides
    return left.error_beyond(float(edges[0])), right.error_beyond(float(edges[-1]))
