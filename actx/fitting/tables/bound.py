"""What no table of a size can do, proven in balls at a few points.

Any polynomial of a degree d is off by at least |sum w f|/sum |w| on d + 2 points, w cancelling all
such polynomials (de la Vallée Poussin). Of N stretches end to end one holds no knot of N pieces
inside, so that some piece is off by what is proven of that stretch, or more. Where lines must meet,
a stretch may begin earlier for the points on one side, as `actx.fitting.tables.chain` has it: the
line before lies beyond the tube from its tangent on, so that the next one has to cross it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb, ctx

from actx.calculus.proven.enclose import exact_ball, outward, value_at
from actx.core.budget import PRECISION
from actx.fitting.tables.chain import Chain
from actx.fitting.tables.reach import Samples, Touch
from actx.language.tree import Node


def proven_floor(
    tree: Node, short: Chain, joined: bool, continuous_at: Callable[[Fraction], bool]
) -> float:
    """A lower bound on the largest error of all tables with as many pieces; 0 if none is proven.

    short: a chain that is just not long enough. continuous_at: whether the function is proven to be
    continuous at a place: of two pieces that need not meet only one holds where they part, and for
    the other the function's value there counts as a limit.
    """
    if not short.links or short.over <= 0:
        return 0.0
    with ctx.workprec(PRECISION):
        points = [_Points(tree, short.samples, link.touch) for link in short.links]
        least = points[0].level
        for each in points[1:]:
            least = least.min(each.level)
        if not (least > 0 and all(a.followed(b, least, joined) for a, b in pairwise(points))):
            return 0.0
        if not joined and not all(continuous_at(each.x[-1]) for each in points[:-1]):
            return 0.0
        return max(0.0, outward(least)[0])


def proven_floor_of_knots(
    tree: Node, touches: Iterable[tuple[Samples, Touch]], count: int
) -> float:
    """A lower bound on the largest error of all tables with given knots, whatever their entries.

    touches: of the best polynomial on each piece, which may not do better than it does by itself.
    count: how many of the worst are looked at.
    """
    worst = sorted(touches, key=lambda found: -found[1].level)[:count]
    with ctx.workprec(PRECISION):
        levels = [_Points(tree, samples, touch).level for samples, touch in worst]
        return max((outward(level)[0] for level in levels), default=0.0)


class _Points:
    """The points of one stretch, exact, with the function there in balls."""

    def __init__(self, tree: Node, samples: Samples, touch: Touch) -> None:
        self.x = [Fraction(float(samples.x[i])) for i in touch.at]
        self.signs = touch.signs
        self.f = [value_at(tree, x) for x in self.x]
        self.level = _level(self.x, self.f)

    def followed(self, later: _Points, error: Any, joined: bool) -> bool:
        """Whether a later stretch begins where this one lets it."""
        end, tangent = self.x[-1], self.x[-2]
        for x, f, sign in zip(later.x, later.f, later.signs, strict=True):
            if x >= end:
                continue
            if not joined or x < tangent or sign == self.signs[-1]:
                return False
            if x > tangent and not self._beyond(x, f, sign, error):
                return False
        return True

    def _beyond(self, x: Fraction, f: Any, sign: int, error: Any) -> bool:
        """Whether the line that touches here keeps to a later point's side of the tube."""
        a, b = (
            y - s * error for y, s in zip(self.f[:2], self.signs, strict=False)
        )  # at error of the first two points
        share = exact_ball((x - self.x[0]) / (self.x[1] - self.x[0]))
        return bool(sign * (f - sign * error - (a + (b - a) * share)) <= 0)


def _level(x: Sequence[Fraction], f: Sequence[Any]) -> Any:
    """What every polynomial is off at least on points."""
    up, down = arb(0), arb(0)
    for i, a in enumerate(x):
        weight = Fraction(1)
        for j, b in enumerate(x):
            if i != j:
                weight /= a - b
        up += exact_ball(weight) * f[i]
        down += abs(exact_ball(weight))
    level = abs(up) / down
    return level if level.is_finite() else arb(0)
