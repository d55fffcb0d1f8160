"""Multiples of pi by fractions, as coefficients that cancel exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, fmpq


def turns(share: Fraction | int) -> Any:
    """share·pi, and 0 for 0."""
    return Turns(Fraction(share)) if share else 0


@dataclass(frozen=True)
class Turns:
    """share·pi for a share that is not 0; with other numbers it is a ball."""

    share: Fraction

    def ball(self) -> arb:
        return arb.pi() * fmpq(self.share.numerator, self.share.denominator)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Turns):
            return turns(self.share + other.share)
        return self if isinstance(other, int) and other == 0 else self.ball() + _ball(other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __neg__(self) -> Turns:
        return Turns(-self.share)

    def __abs__(self) -> Turns:
        return Turns(abs(self.share))

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, int | Fraction):
            return turns(self.share * other)
        return self.ball() * _ball(other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Turns):
            return self.share / other.share
        if isinstance(other, int | Fraction):
            return turns(self.share / other)
        return self.ball() / _ball(other)

    def __rtruediv__(self, other: Any) -> Any:
        return _ball(other) / self.ball()

    def __lt__(self, other: Any) -> bool:
        return bool(self.ball() < _ball(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.ball() > _ball(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.ball() <= _ball(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.ball() >= _ball(other))

    def __float__(self) -> float:
        return float(self.ball())

    def is_finite(self) -> bool:
        return True

    def is_zero(self) -> bool:
        return False


def _ball(value: Any) -> arb:
    if isinstance(value, Turns):
        return value.ball()
    return arb(fmpq(value.numerator, value.denominator) if isinstance(value, Fraction) else value)
