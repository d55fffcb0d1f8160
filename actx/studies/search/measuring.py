"""The error of a formula that is found."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from actx.analysis.errors.computed import errors
from actx.analysis.explore import kinks_of
from actx.analysis.kinks import DEFAULT_MAX_ORDER
from actx.analysis.monotone import monotone
from actx.analysis.results import MaxError
from actx.calculus.pieces import Piecewise
from actx.core.domain import Domain
from actx.core.errors import AnalysisError
from actx.core.norms import MAX
from actx.fitting.problem.criterion import Criterion
from actx.fitting.told.outcome import between
from actx.language.tree import Node

_EQUAL = 1e-9  # errors that agree to this part are equal


@dataclass(frozen=True)
class Measures:
    """The error in what is asked for, sup|error| without weights, and the smoothness.

    plain: whether the two are the same.
    """

    error: float
    max_error: MaxError
    smoothness: str
    plain: bool

    def within(self, lower: float, upper: float) -> Measures:
        """The measures with an error that is proven to lie between these, which float64 lost."""
        error = min(max(self.error, lower), upper)
        largest = replace(self.max_error, value=error) if self.plain else self.max_error
        return replace(self, error=error, max_error=largest)


def measured(formula: Node, target: Node, domain: Domain, criterion: Criterion) -> Measures:
    """The errors of a formula without parameters. Raises AnalysisError where one is not finite."""
    difference = between(formula, target, domain)
    plain = errors(difference)
    sizes = [plain]
    if not criterion.plain:
        sizes = [errors(between(f, g, domain)) for f, g in criterion.pairs(formula, target)]
    error = criterion.norm.joined([each.size(criterion.norm.name).error for each in sizes])
    if not (math.isfinite(error) and math.isfinite(plain.max_error.value)):
        raise AnalysisError(f"Its error is infinite on {domain}: a tail does not match.")
    largest = _at_the_first(plain.max_error, difference)
    return Measures(
        error,
        largest,
        kinks_of(formula, domain, DEFAULT_MAX_ORDER)[1],
        criterion.plain and criterion.norm == MAX,
    )


def _at_the_first(found: MaxError, error: Piecewise) -> MaxError:
    """Of places where the largest error is reached but for rounding, the leftmost is named."""
    if not math.isfinite(found.x) or not found.value:
        return found
    segments = monotone(error)
    ends = [(s.lo, s.at_lo) for s in segments] + [(s.hi, s.at_hi) for s in segments]
    level = found.value * (1 - _EQUAL)
    equal = [(float(x), e) for x, e in ends if math.isfinite(x) and abs(e) >= level]
    x, signed = min([(found.x, found.signed), *equal])
    return replace(found, x=x + 0.0, signed=signed, ties=())
