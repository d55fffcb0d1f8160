"""The best function in a space of piecewise polynomials, and what proves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

from actx.core.budget import Budget
from actx.core.errors import FitError
from actx.fitting.forms.best import BestFit
from actx.fitting.forms.goal import Goal
from actx.fitting.forms.space import Space
from actx.fitting.horner import Part, check_digits
from actx.fitting.linear import Best, solve
from actx.fitting.results import Alternation
from actx.language.tree import ONE, Node, simplified

_SECONDS = 10.0
_FINEST = 1e-42  # below this error coefficients would have more digits than a formula can hold


def fit_space(
    goal: Goal, space: Space, kind: str, formula: Callable[[Sequence[Part]], Node], free: bool
) -> BestFit:
    """The best function of a space. Raises FitError where there is none that can be written.

    formula: that of its parts. free: whether there are no conditions on it.
    """
    best = _solved(goal, space, formula)
    if best is None:
        raise FitError(f"No best {kind} was found: the exchange of points did not settle.")
    if best.error.hi < _FINEST * goal.scale and not best.exact:
        raise FitError(
            f"The best {kind} comes as near to the target as {best.error.hi:.2g}, nearer than the "
            "digits of a formula can tell. Take a lower degree."
        )
    parts = space.parts(best.coefficients)
    check_digits(parts)
    enclosure = (best.error.lo, best.error.hi) if best.error.proven else None
    alternation = tuple(Alternation(x, error) for x, error, _ in best.alternation)
    return BestFit(
        formula(parts), kind, goal.domain, best.error.lo, enclosure, best.lower, alternation,
        parts, space.edges[1:-1], _certificate(best, kind, space, free), best.optimal,
    )  # fmt: skip


def _solved(goal: Goal, space: Space, formula: Callable[[Sequence[Part]], Node]) -> Best | None:
    def bind(coefficients: Sequence[Fraction]) -> list[tuple[Node, Node]]:
        tree = formula(space.parts(coefficients))
        return [(_weighted(goal, tree), _weighted(goal, goal.target))]

    parts = [
        goal.part(space.columns(i), lo, hi) for i, (lo, hi) in enumerate(pairwise(space.edges))
    ]
    return solve(parts, goal.domain, bind, Budget(_SECONDS))


def _weighted(goal: Goal, tree: Node) -> Node:
    return tree if goal.weight is ONE else simplified("mul", goal.weight, tree)


def _certificate(best: Best, kind: str, space: Space, free: bool) -> str:
    """What proves that nothing of the kind is better, in words.

    With conditions or several pieces the signs of the error need not alternate.
    """
    if best.exact:
        rest = "." if best.optimal else ", as far as can be told."
        return f"The target is a {kind} itself{rest}"
    meets = "" if free else " that meets the conditions"
    if not best.optimal:
        return (
            f"No {kind}{meets} has a smaller error than {best.lower:.7g}; that this one is the "
            "best is not proven."
        )
    if not space.size:
        return f"It is the only {kind}{meets}."
    points = len(best.alternation)
    if points == 1:
        return (
            f"The error is largest at {best.alternation[0][0]:.7g}, where no {kind}{meets} has a "
            f"smaller one than {best.lower:.10g}."
        )
    turns = " with alternating signs" if free and space.count == 1 else ""
    which = f"{best.carrying} of them" if best.carrying < points else "them"
    return (
        f"The error reaches its largest size{turns} at {points} points; the errors at {which} "
        f"prove that no {kind}{meets} has a smaller one than {best.lower:.10g}."
    )
