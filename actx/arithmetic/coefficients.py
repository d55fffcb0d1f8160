"""Coefficients of series: exact fractions where they stay short, floats, or balls."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from numpy.typing import NDArray


Float = TypeVar("Float", float, "NDArray[Any]")
Number: TypeAlias = int | Fraction | float  # exact as long as it is no float; or an arb ball
_CANCELLED = 1e-13
MAX_BITS = 512
LARGE = 1 << 256


class SeriesError(Exception):
    """The behaviour at this place cannot be written as a series; str() says why."""


class Undetermined(SeriesError):
    """More terms are needed."""


class Undefined(SeriesError):
    """The formula has no real value near this place."""


class Oscillates(SeriesError):
    """sin or cos of something that grows without bound."""


def plus(a: Number, b: Number) -> Number:
    """a + b; a float sum that cancels to rounding is 0."""
    try:
        total = a + b
    except TypeError:
        total = _for_balls(a) + _for_balls(b)
    if type(total) is int:
        return total
    if isinstance(total, float):
        # an arb ball is true even where it holds 0, exact zeros apart
        return 0 if abs(total) <= _CANCELLED * (magnitude(a) + magnitude(b)) else total
    return tidy(total)


def times(a: Number, b: Number) -> Number:
    """a·b, exact where both are."""
    try:
        return tidy(a * b)
    except TypeError:
        return tidy(_for_balls(a) * _for_balls(b))


def _for_balls(value: Any) -> Any:
    """A fraction in the form that arb balls can be combined with."""
    if type(value) is Fraction:
        from flint import fmpq

        return fmpq(value.numerator, value.denominator)
    return value


def tidy(value: Any) -> Number:
    """The number as it is kept, a whole one as an int. Raises SeriesError where it overflows."""
    kind: type = type(value)  # which is known sooner than what it is an instance of
    if kind is Fraction and value.denominator == 1:
        return int(value.numerator)
    if kind is not int and kind is not Fraction:
        if not isinstance(value, float):
            return _tidy_ball(value)
        if not math.isfinite(value):
            raise SeriesError("a coefficient overflows")
    known: Number = value
    return known


def is_long(value: Any, most_bits: int) -> bool:
    """Whether an exact number has so many digits that it is better rounded."""
    kind: type = type(value)
    if (kind is int and -LARGE < value < LARGE) or kind not in (int, Fraction):
        return False
    return bool(value.numerator.bit_length() + value.denominator.bit_length() > most_bits)


def _tidy_ball(value: Any) -> Number:
    if not value.is_finite():
        raise SeriesError("a coefficient overflows")
    return 0 if value.is_zero() else value


def sign_of(value: Any) -> int:
    """The sign of a coefficient that is not 0. Raises Undetermined where a ball holds 0."""
    if value > 0:
        return 1
    if value < 0:
        return -1
    raise Undetermined("a coefficient cannot be told from zero")


def exact(value: Fraction) -> Number:
    """A fraction as a coefficient."""
    return tidy(value)


def quotient(a: Number, b: Number) -> Number:
    """a/b, exact where both are."""
    if isinstance(a, int) and isinstance(b, int):
        return tidy(Fraction(a, b))
    try:
        return tidy(a / b)
    except TypeError:
        return tidy(_for_balls(a) / _for_balls(b))


def to_float(value: Number) -> float:
    """The value as a float, infinite where it overflows."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def absolute(value: Any) -> Number:
    """|value|, exact or as a ball."""
    result: Number = abs(value)
    return result


def magnitude(value: Number) -> float:
    """|value| as a float."""
    return abs(to_float(value))


class Reals(Protocol):
    """Numbers that are not exact: what an irrational constant or function value is."""

    def constant(self, name: str) -> Number:
        """pi or e."""

    def rounded(self, value: Number) -> Number:
        """An exact number that has too many digits."""

    def exp(self, value: Number) -> Number: ...
    def log(self, value: Number) -> Number: ...
    def sqrt(self, value: Number) -> Number: ...
    def sin(self, value: Number) -> Number: ...
    def cos(self, value: Number) -> Number: ...
    def power(self, value: Number, exponent: Number) -> Number: ...


class Floats:
    """Floats, near but not proven."""

    def constant(self, name: str) -> Number:
        return {"pi": math.pi, "e": math.e}[name]

    def rounded(self, value: Number) -> Number:
        return tidy(to_float(value))

    def exp(self, value: Number) -> Number:
        return math.exp(value)

    def log(self, value: Number) -> Number:
        return math.log(value)

    def sqrt(self, value: Number) -> Number:
        return math.sqrt(value)

    def sin(self, value: Number) -> Number:
        return math.sin(value)

    def cos(self, value: Number) -> Number:
        return math.cos(value)

    def power(self, value: Number, exponent: Number) -> Number:
        try:
            return float(float(value) ** float(exponent))
        except OverflowError:
            raise SeriesError("a coefficient overflows") from None
