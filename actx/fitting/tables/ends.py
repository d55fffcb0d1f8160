"""What holds outside of a table: a constant, the line that the function tends to, or a formula."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from actx.analysis.tails import tails
from actx.calculus.pieces import pieces
from actx.calculus.proven.rational import quotient
from actx.calculus.values import evaluate
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.core.errors import AnalysisError, FitError
from actx.core.numbers import number as shown
from actx.fitting.enclosed import enclosed
from actx.fitting.forms.goal import exact as decimal
from actx.language.text import to_text
from actx.language.tree import Node, X, number

_FAR = np.append(
    0.0, np.geomspace(1e-3, 1e3, 200)
)  # how far beyond the domain a constant's middle is looked for


class Choice(StrEnum):
    """What is asked for beyond an end of the domain."""

    AUTO = "auto"
    NONE = "none"
    CONSTANT = "constant"
    LINE = "line"


@dataclass(frozen=True)
class End:
    """What holds beyond one end: value + slope·(x - edge); its proven error there.

    words: as in "x" or "0.5"; empty where nothing is said of the function there. tree: of a formula
    that is no such line.
    """

    value: Fraction
    slope: Fraction
    words: str
    error: tuple[float, float, bool] = (0.0, 0.0, True)
    tree: Node | None = None


def end_of(
    target: Node, domain: Domain, side: int, choice: Choice | Node, edge: Fraction, allowed: float,
    budget: Budget,
) -> End:  # fmt: skip
    """What holds left (side -1) or right of a domain.

    edge: the table's value there, which is the constant where it is off by no more than what is
    allowed. Raises FitError for a line where the function tends to none.
    """
    place = domain.lo if side < 0 else domain.hi
    outside = Domain(-math.inf, place) if side < 0 else Domain(place, math.inf)
    if isinstance(choice, Node):
        return _given(choice, target, outside, place, edge, budget)
    try:
        known = tails(pieces(target, outside.lo, outside.hi))
    except AnalysisError:
        known = None
    tail = None if known is None else known.left if side < 0 else known.right
    line = None if tail is None else tail.line
    if choice is Choice.NONE or (choice is Choice.AUTO and line is None):
        return End(edge, Fraction(0), "")
    if line is None:
        where = "left" if side < 0 else "right"
        raise FitError(
            f"The function tends to no line {where} of {place:g}, so that no {choice} is near to "
            "it there. Say that the table ends there (none).",
        )
    if choice is Choice.LINE or (choice is Choice.AUTO and line[0]):
        slope, intercept = map(decimal, line)
        tree = number(slope) * X + number(intercept)
        error = enclosed([(tree, target)], outside, [], budget)
        value = slope * decimal(place) + intercept
        return End(value, slope, to_text(tree), error)
    if line[0]:
        raise FitError("The function grows without end there, so that no constant is near to it.")
    error = enclosed([(number(edge), target)], outside, [], budget)
    if not error[1] <= allowed:
        values = np.append(np.asarray(evaluate(target, place + side * _FAR)), line[1])
        middle = decimal(float(np.min(values) + np.max(values)) / 2)
        other = enclosed([(number(middle), target)], outside, [], budget)
        if other[1] < error[1]:
            edge, error = middle, other
    return End(edge, Fraction(0), shown(float(edge)), error)


def _given(
    tree: Node, target: Node, outside: Domain, place: float, edge: Fraction, budget: Budget
) -> End:
    """A formula that holds beyond an end. Raises FitError where it is infinitely far off."""
    words = to_text(tree)
    try:
        error = enclosed([(tree, target)], outside, [], budget)
    except AnalysisError as fault:
        raise FitError(
            f"It cannot be told how far {words} is from the function on {outside}: {fault}"
        ) from fault
    if not math.isfinite(error[1]):
        raise FitError(
            f"No bound was found for how far {words} is from the function on {outside}. Give a "
            "formula that tends to it there, or say that the table ends there (none)."
        )
    found = quotient(tree)
    if found is None or found.bottom.degree() > 0 or found.top.degree() > 1:
        return End(edge, Fraction(0), words, error, tree)
    exact = [found.top[k] / found.bottom[0] for k in (0, 1)]
    intercept, slope = (Fraction(int(c.p), int(c.q)) for c in exact)
    return End(slope * decimal(place) + intercept, slope, words, error)
