"""Where the columns of a linear template and its goal are smooth, proven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from actx.arithmetic.coefficients import Number
from actx.calculus.pieces import Piece, pieces
from actx.calculus.proven.identity import coefficients
from actx.calculus.proven.pieces import verify
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.fitting.linear.template import affine
from actx.fitting.problem.problem import Problem
from actx.language.tree import ZERO, Node, simplified


@dataclass(frozen=True)
class Stretch:
    """[lo, hi], on which all trees are smooth: the columns, and last the goal.

    The error is the sum of coefficient times column, minus the goal; part: which one of the
    problem's it is. A tree that the formula does not have is 0.
    """

    lo: Number
    hi: Number
    trees: tuple[Node, ...]
    part: int = 0


def stretches_of(problem: Problem, budget: Budget) -> list[Stretch] | None:
    """The stretches of a problem's error; None where the template is not linear, or not proven.

    What lies within rounding of a breakpoint that is no fraction belongs to none: an integral of
    what is not negative only loses by that. Raises AnalysisError where there are no such pieces.
    """
    found: list[Stretch] = []
    for part, (f, g) in enumerate(problem.pairs):
        linear = affine(f, problem.names)
        if linear is None:
            return None
        trees = (*linear.at(problem.names), simplified("sub", g, linear.offset))
        for interval in problem.domain.parts:
            smooth = smooth_on(trees, interval, part, budget)
            if smooth is None:
                return None
            found += smooth
    return found


def smooth_on(
    trees: Sequence[Node], interval: Domain, part: int, budget: Budget
) -> list[Stretch] | None:
    """The stretches of an interval on which trees are smooth; None where that is not proven."""
    known = [_proven_pieces(tree, interval, budget) for tree in trees]
    if any(each is None for each in known):
        return None
    return list(_common([each for each in known if each is not None], part))


def _proven_pieces(tree: Node, interval: Domain, budget: Budget) -> Sequence[Piece] | None:
    if coefficients(tree) is not None:  # a polynomial, which has one piece
        return [Piece(interval.lo, interval.hi, tree)]
    verified = verify(tree, pieces(tree, interval.lo, interval.hi), budget)
    return verified.pieces if verified.exact else None


def _common(functions: Sequence[Sequence[Piece]], part: int) -> Iterator[Stretch]:
    """Where each of several functions has one piece."""
    edges = sorted({x for pieces in functions for p in pieces for x in (p.lo, p.hi)})
    for lo, hi in pairwise(edges):
        own = [[p.tree for p in pieces if p.lo <= lo and hi <= p.hi] for pieces in functions]
        if all(own):
            trees = tuple(trees[0] for trees in own)
            if any(tree is not ZERO for tree in trees):
                yield Stretch(lo, hi, trees, part)
