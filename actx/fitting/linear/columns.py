"""What a linear template adds up, and the sums, in balls of the precision in force.

Columns are polynomials where all of them are, which are added up once and for all, or formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

from flint import acb, arb, arb_poly, arb_series, ctx

from actx.calculus.proven.enclose import ball_program, exact_ball
from actx.calculus.proven.identity import coefficients
from actx.calculus.proven.taylor import on_disc, taylor
from actx.fitting.horner import Part as Written
from actx.fitting.horner import horner
from actx.language.tree import ZERO, Node, X, number, simplified


class Function(Protocol):
    """A candidate on a strip."""

    def __call__(self, x: Any) -> Any:
        """The value at a ball."""

    def series(self, x: Any) -> Any:
        """The Taylor series about a ball, of `ctx.cap` terms; ValueError where it has none."""

    def on_disc(self, disc: Any) -> Any:
        """The values on a complex ball; not finite where it may be singular."""


class Quotient:
    """A polynomial in u = x - centre, or a quotient of two, in balls."""

    def __init__(self, centre: Any, numerator: Any, denominator: Any | None = None) -> None:
        self.centre = centre
        self.top = _with_slopes(numerator)
        self.bottom = None if denominator is None else _with_slopes(denominator)

    @classmethod
    def of(cls, part: Written) -> Quotient:
        """An exact one in balls."""
        top, centre = _polynomial(part.numerator), exact_ball(part.centre)
        return cls(centre, top, None if part.whole else _polynomial(part.denominator))

    def __call__(self, x: Any) -> Any:
        u = x - self.centre
        return self.top[0](u) if self.bottom is None else self.top[0](u) / self.bottom[0](u)

    def series(self, x: Any) -> Any:
        u = x - self.centre
        top = _series(self.top, u)
        return top if self.bottom is None else top / _series(self.bottom, u)

    on_disc = __call__


def _polynomial(row: Sequence[Fraction]) -> Any:
    return arb_poly([exact_ball(c) for c in row])


def _with_slopes(polynomial: Any) -> tuple[Any, Any, Any]:
    first = polynomial.derivative()
    return polynomial, first, first.derivative()


def _series(polynomial: tuple[Any, Any, Any], u: Any) -> Any:
    if ctx.cap <= len(polynomial):
        zeroth, first, second = polynomial
        return arb_series([zeroth(u), first(u), second(u) / 2][: ctx.cap])
    return arb_series(polynomial[0](arb_poly([u, 1])).coeffs())


class Combination:
    """A sum of formulas with coefficients that are balls."""

    def __init__(self, trees: Sequence[Node], coefficients: Sequence[Any]) -> None:
        self.trees, self.coefficients = trees, coefficients

    def __call__(self, x: Any) -> Any:
        return self._weighed(ball_program(*self.trees, precision=ctx.prec)(x), arb(0))

    def series(self, x: Any) -> Any:
        columns = [taylor(tree, x, ctx.prec) for tree in self.trees]
        return self._weighed(columns, arb_series([0]))

    def on_disc(self, disc: Any) -> Any:
        return self._weighed([on_disc(tree, disc, ctx.prec) for tree in self.trees], acb(0))

    def _weighed(self, values: Sequence[Any], nothing: Any) -> Any:
        return sum((v * c for v, c in zip(values, self.coefficients, strict=True)), nothing)


class Columns(Protocol):
    """The columns of a part or strip, in an order."""

    @property
    def trees(self) -> tuple[Node, ...]:
        """The formulas that have to be cut into smooth pieces."""

    @property
    def degree(self) -> int | None:
        """The highest of polynomials; None for formulas."""

    def __len__(self) -> int: ...

    def on(self, trees: Sequence[Node]) -> Columns:
        """The same where other trees stand for the formulas."""

    def row(self, x: Any) -> list[Any]:
        """The value of each at a ball."""

    def offset(self, x: Any) -> Any:
        """What is added to their sum."""

    def series(self, x: Any) -> list[Any]:
        """The Taylor series of each, and last of what is added."""

    def sum(self, coefficients: Sequence[Any]) -> Function:
        """All of it with coefficients that are balls."""

    def tree(self, coefficients: Sequence[Fraction]) -> Node:
        """The same as a formula."""


class Formulas:
    """Columns that are any formulas."""

    degree: int | None = None

    def __init__(self, trees: Sequence[Node]) -> None:
        self.trees = tuple(trees)

    def __len__(self) -> int:
        return len(self.trees)

    def on(self, trees: Sequence[Node]) -> Columns:
        return columns_of(trees)

    def row(self, x: Any) -> list[Any]:
        return ball_program(*self.trees, precision=ctx.prec)(x)

    def offset(self, x: Any) -> Any:
        return arb(0)

    def series(self, x: Any) -> list[Any]:
        return [*(taylor(tree, x, ctx.prec) for tree in self.trees), arb_series([0])]

    def sum(self, coefficients: Sequence[Any]) -> Function:
        return Combination(self.trees, coefficients)

    def tree(self, coefficients: Sequence[Fraction]) -> Node:
        total = ZERO
        for column, share in zip(self.trees, coefficients, strict=True):
            total = simplified("add", total, simplified("mul", number(share), column))
        return total


class Polynomials:
    """Columns that are polynomials in u = x - centre with exact coefficients.

    rows: by rising powers; added: what is added to their sum.
    """

    trees: tuple[Node, ...] = ()

    def __init__(
        self,
        rows: Sequence[Sequence[Fraction]],
        centre: Fraction = Fraction(0),
        added: Sequence[Fraction] = (),
    ) -> None:
        self.rows, self.centre, self.added = [*map(_trimmed, rows)], centre, _trimmed(added)
        self.degree: int = max((len(row) for row in (*self.rows, self.added)), default=1) - 1
        self._balls: dict[int, tuple[Any, list[Any], Any]] = {}  # by precision

    def __len__(self) -> int:
        return len(self.rows)

    def on(self, trees: Sequence[Node]) -> Columns:
        return self

    @property
    def balls(self) -> tuple[Any, list[Any], Any]:
        """The centre, the columns and what is added."""
        if ctx.prec not in self._balls:
            columns = [_polynomial(row) for row in self.rows]
            self._balls[ctx.prec] = exact_ball(self.centre), columns, _polynomial(self.added)
        return self._balls[ctx.prec]

    def row(self, x: Any) -> list[Any]:
        centre, columns, _ = self.balls
        u = x - centre
        return [column(u) for column in columns]

    def offset(self, x: Any) -> Any:
        centre, _, added = self.balls
        return added(x - centre)

    def series(self, x: Any) -> list[Any]:
        centre, columns, added = self.balls
        about = arb_poly([x - centre, 1])
        return [arb_series(column(about).coeffs()) for column in (*columns, added)]

    def exact(self, x: Fraction) -> list[Fraction]:
        """The value of each at x, and last of what is added."""
        return [value_at(row, x - self.centre) for row in (*self.rows, self.added)]

    def sum(self, coefficients: Sequence[Any]) -> Function:
        centre, columns, added = self.balls
        total = sum((p * c for p, c in zip(columns, coefficients, strict=True)), added)
        return Quotient(centre, total)

    def tree(self, coefficients: Sequence[Fraction]) -> Node:
        total = [Fraction(0)] * (self.degree + 1)
        for row, share in ((self.added, Fraction(1)), *zip(self.rows, coefficients, strict=True)):
            for k, c in enumerate(row):
                total[k] += share * c
        return horner(total, simplified("sub", X, number(self.centre)))


def _trimmed(row: Sequence[Fraction]) -> Sequence[Fraction]:
    """A polynomial without leading zeros."""
    return row[: max((k + 1 for k, c in enumerate(row) if c), default=0)]


def value_at(row: Sequence[Fraction], u: Fraction) -> Fraction:
    """The value of a polynomial, by its coefficients by rising powers."""
    return sum((c * u**k for k, c in enumerate(row)), Fraction(0))


def columns_of(trees: Sequence[Node]) -> Columns:
    """Columns that are given as formulas."""
    rows = [coefficients(tree) for tree in trees]
    known = [row for row in rows if row is not None]
    if len(known) < len(rows):
        return Formulas(trees)
    return Polynomials(known)
