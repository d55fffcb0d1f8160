"""Series of trees: each smooth operation expanded at a place of the extended line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import TypeVar

from actx.arithmetic.coefficients import Number, SeriesError, Undetermined, exact, quotient
from actx.arithmetic.expansions import Expansion
from actx.arithmetic.monomials import Monomial, T, Term, compare
from actx.arithmetic.series import Arithmetic, Place, Series, constant, differentiate
from actx.language.constants import constant_value
from actx.language.derivative import filled
from actx.language.operations import OPERATIONS
from actx.language.tree import (
    NUMBER,
    PARAMETER,
    VARIABLE,
    Node,
    X,
    as_fraction,
    node,
    number,
    walk,
)

Result = TypeVar("Result")
SIZES = (4, 8, 16)  # terms kept, in turn, until the question is answered


class Expander:
    """The series of trees at one place with a given number of terms, each subtree done once."""

    parameters: Mapping[str, Number] = MappingProxyType({})  # values of parameter nodes

    def __init__(self, place: Place, size: int, arithmetic: Arithmetic | None = None) -> None:
        self.place = place
        self.arithmetic = arithmetic or Arithmetic(size)
        self.known: dict[Node, Series] = {}
        self.failed: dict[Node, SeriesError] = {}

    def series(self, tree: Node) -> Series:
        """The series of a smooth tree. Raises SeriesError where there is none."""
        if tree in self.known:
            return self.known[tree]
        if len(self.known) + len(self.failed) > 20_000:
            self.known.clear()
            self.failed.clear()
        for current in walk(tree):
            if current in self.failed:
                raise self.failed[current].with_traceback(None)
            if current not in self.known:
                self.known[current] = self._remembered(current)
        return self.known[tree]

    def _remembered(self, current: Node) -> Series:
        """The series, or the reason why there is none, which is kept: others will ask for it."""
        try:
            return self._expanded(current)
        except SeriesError as reason:
            self.failed[current] = type(reason)(*reason.args)
            raise

    def _expanded(self, current: Node) -> Series:
        try:
            return self._expand(current)
        except OverflowError:
            raise SeriesError("a coefficient overflows") from None

    def _expand(self, current: Node) -> Series:
        if current.op == VARIABLE:
            return self.place.variable()
        if current.op == NUMBER:
            return constant(exact(as_fraction(current)))
        if current.op == PARAMETER:
            return constant(self.parameters[str(current.value)])
        if not current.args:
            return constant(self.arithmetic.reals.constant(str(current.value)))
        operation = OPERATIONS[current.op]
        args = [self.known[a] for a in current.args]
        if operation.series is not None:
            return operation.series(self.arithmetic, *args)
        if operation.definition is not None:
            return self.series(filled(operation.definition, current.args))
        if operation.far is None:
            raise SeriesError(f"{current.op} has breakpoints and no series")
        parts = self.arithmetic.split(args[0])
        if parts is None:
            square = self.series(filled("u^2", current.args))  # exact for x/sqrt(2), say
            return operation.far(self.arithmetic, args[0], square)
        centre, small = parts
        return self.arithmetic.compose(self._taylor(current.op, centre), small)

    def _taylor(self, name: str, centre: Number) -> Expansion:
        """The Taylor series of a function at `centre`, integrated from its derivative's."""

        def coefficients() -> Iterator[Number]:
            exactly_0 = type(centre) is int and centre == 0
            at_zero = OPERATIONS[name].at_zero if exactly_0 else None
            yield self._function_value(name, centre) if at_zero is None else at_zero
            slope = filled(OPERATIONS[name].derivative[0], (X,))
            series = self._at(Place(centre, 1)).series(slope)
            for k in range(self.arithmetic.size + 1):
                yield quotient(series.coefficient(T**-k), k + 1)

        return Expansion(coefficients(), partial(self._taylor_rest, name, centre))

    def _at(self, place: Place) -> Expander:
        return Expander(place, self.arithmetic.size + 2)

    def _function_value(self, name: str, x: Number) -> Number:
        return constant_value(node(name, number(float(x))))

    def _taylor_rest(self, name: str, centre: Number, k: int, _: Number) -> Number:
        raise SeriesError("floats bound no rest")


@lru_cache(maxsize=48)
def expander(place: Place, size: int) -> Expander:
    """The shared expander of a place."""
    return Expander(place, size)


def ask(tree: Node, place: Place, question: Callable[[Series], Result], order: int = 0) -> Result:
    """The answer to a question about the series of the derivative of the given order.

    The number of terms rises until the question can be answered. Raises SeriesError if not.
    """
    for size in SIZES:
        try:
            series = expander(place, size).series(tree)
            for _ in range(order):
                series = differentiate(series, place, size)
            return question(series)
        except Undetermined as reason:
            last = reason
    raise last


def limit(tree: Node, place: Place, order: int = 0) -> float:
    """The limit of the derivative of the given order at a place, possibly infinite."""
    return ask(tree, place, Series.limit, order)


def one_sided_derivatives(tree: Node, place: Place, order: int) -> list[Number]:
    """Value and derivatives up to `order` at one side of a finite point, infinite where they are.

    Exact where the coefficients of the series are.
    """
    return ask(tree, place, lambda series: list(taylor_derivatives(series, place.side, order)))


def taylor_derivatives(series: Series, side: int, order: int) -> Iterator[Number]:
    """Value and derivatives from a series at a finite point: k!·(±1)^k times coefficients."""
    powers = [T**-k for k in range(order + 1)]
    rough = next((term for term in series.terms if not _is_power(term[1])), None)
    for k, monomial in enumerate(powers):
        if rough is not None and compare(rough[1], monomial) > 0:
            yield _rough_derivative(rough, side, k)
        else:
            value = series.coefficient(monomial) * math.factorial(k)
            yield value if side > 0 or k % 2 == 0 else -value


def _is_power(m: Monomial) -> bool:
    """Whether this is a term of a Taylor series: t^-k with a whole k >= 0."""
    whole = isinstance(m.power, int) or (isinstance(m.power, float) and m.power == int(m.power))
    return not m.exponent and not m.log and whole and m.power <= 0


def _rough_derivative(rough: Term, side: int, k: int) -> Number:
    """The k-th derivative where a term that is no power comes before: that of the term."""
    term = Series((rough,))
    for _ in range(k):
        term = differentiate(term, Place(0, side), 8)
    return term.limit()
