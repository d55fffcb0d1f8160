"""Templates that are polynomials with a parameter for each coefficient: the exchange fits them.

A general optimiser loses digits on `c0 + c1*x + ... + c9*x^9`; that of `polynomial` does not, and
it proves that no other polynomial of the degree is better.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from actx.analysis.fit_results import Certificate, Fit, Optimality
from actx.analysis.results import Errors, MaxError
from actx.fitting.criterion import Criterion
from actx.fitting.outcome import outcome
from actx.fitting.polynomial import HIGHEST_DEGREE, PolynomialFit, fit_polynomial
from actx.fitting.problem import Problem, by_parameter
from actx.language.identity import coefficients
from actx.language.text import to_text
from actx.language.tree import ZERO, Node, number, parameter, simplified, substitute

Places = Mapping[str, tuple[int, Fraction]]


def polynomial_places(problem: Problem) -> Places | None:
    """The power and the factor of each parameter in a polynomial with all powers; None for others.

    `c0 + 2*c1*x + c2*x^2` gives {"c0": (0, 1), "c1": (1, 2), "c2": (2, 1)}.
    """
    if not problem.domain.bounded or not np.all(np.isinf([problem.lower, problem.upper])):
        return None
    found: dict[str, tuple[int, Fraction]] = {}
    for name in problem.names:
        factors = coefficients(by_parameter(problem.template, name))
        if factors is None or sum(1 for c in factors if c) != 1:
            return None
        found[name] = (len(factors) - 1, factors[-1])
    nothing = {parameter(name): ZERO for name in problem.names}
    rest = coefficients(substitute(problem.template, nothing, simplified))
    powers = sorted(power for power, _ in found.values())
    full = powers == list(range(len(powers))) and len(powers) <= HIGHEST_DEGREE + 1
    return found if full and rest is not None and not any(rest) else None


def fit_by_exchange(problem: Problem, places: Places, target: str) -> Fit:
    """The best polynomial, proven. Raises FitError as `fit_polynomial` does."""
    criterion = problem.criterion
    best = fit_polynomial(
        problem.target, problem.domain, len(places) - 1, _factor(criterion, problem.target)
    )
    rising = _about_zero(best)
    values = {name: rising[power] / factor for name, (power, factor) in places.items()}
    reached = outcome(Problem(ZERO, problem.target, problem.domain, {}), best.formula, "max")
    sizes = _with_enclosure(reached.sizes, best) if criterion.plain else reached.sizes
    points = len(best.alternation)
    proof = Optimality.GLOBAL if best.optimal else Optimality.SEARCHED
    return Fit(
        sizes.max_error, sizes.l1_error, sizes.l2_error, sizes.gauss_error,
        template=to_text(problem.template),
        target=target,
        domain=(problem.domain.lo, problem.domain.hi),
        norm="max",
        criterion=criterion.words(),
        parameters={name: float(value) for name, value in values.items()},
        objective=best.error,
        alternation=best.alternation,
        certificate=Certificate(proof, points, len(places) + 1, best.certificate),
        formula=best.text,
    )  # fmt: skip


def _factor(criterion: Criterion, target: Node) -> Node | None:
    """What the criterion multiplies the error by."""
    if not criterion.relative:
        return criterion.weight
    size = simplified("abs", target)
    return simplified("div", number(1) if criterion.weight is None else criterion.weight, size)


def _about_zero(best: PolynomialFit) -> list[Fraction]:
    """The coefficients by rising powers of x."""
    part = best.parts[0]
    rising = [Fraction(0)] * len(part.numerator)
    for c in reversed(part.numerator):  # Horner's rule on polynomials: times (x - centre), plus c
        shifted = [Fraction(0), *rising[:-1]]
        rising = [s - part.centre * r for s, r in zip(shifted, rising, strict=True)]
        rising[0] += c
    return rising


def _with_enclosure(sizes: Errors, best: PolynomialFit) -> Errors:
    """The errors, the largest as it is proven."""
    first = best.alternation[0] if best.alternation else None
    largest = MaxError(
        best.error,
        sizes.max_error.x if first is None else first.x,
        sizes.max_error.signed if first is None else first.error,
        best.enclosure,
        best.enclosure is not None,
    )
    return Errors(largest, sizes.l1_error, sizes.l2_error, sizes.gauss_error)
