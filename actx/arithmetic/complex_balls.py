"""Operations on complex balls (python-flint's `acb`), where they are analytic.

Each function continues an operation of the language from the real line to the complex plane. It
returns a ball that holds all values for arguments within the given ones, or raises NotAnalytic
where the operation has a singularity or a branch cut within them. So a formula that has a value on
a connected set about a real interval is analytic there, and its integral over the interval can be
enclosed (Petras, Self-validating integration and approximation of piecewise analytic functions,
J. Comput. Appl. Math. 145, 2002; Johansson, Numerical integration in arbitrary-precision ball
arithmetic, ICMS 2018).

Quotients of exponentials are written so that the exponentials are small: those of a wide ball may
hold 0 where they are large.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

Ball = Any  # python-flint's acb


class NotAnalytic(ArithmeticError):
    """The formula is not analytic on the whole of a ball, or is not proven to be."""


def _finite(value: Ball) -> Ball:
    if not value.is_finite():
        raise NotAnalytic
    return value


def entire(name: str) -> Callable[[Ball], Ball]:
    """An operation that acb has itself and that has no singularity."""
    return operator.methodcaller(name)


def div(u: Ball, v: Ball) -> Ball:
    return _finite(u / v)


def log(u: Ball) -> Ball:
    return _finite(u.log(analytic=True))


def log1p(u: Ball) -> Ball:
    return log(1 + u)


def sqrt(u: Ball) -> Ball:
    return _finite(u.sqrt(analytic=True))


def power(u: Ball, v: Ball) -> Ball:
    if v.imag.is_zero() and v.real.is_integer():
        return _finite(u ** int(v.real.unique_fmpz()))
    return (log(u) * v).exp()


def _is_right(u: Ball) -> bool:
    return bool(u.real.mid() >= 0)


def sigmoid(u: Ball) -> Ball:
    small = (-u if _is_right(u) else u).exp()
    return div(1 if _is_right(u) else small, 1 + small)


def tanh(u: Ball) -> Ball:
    return 2 * sigmoid(2 * u) - 1


def sech(u: Ball) -> Ball:
    small = (-u if _is_right(u) else u).exp()
    return div(2 * small, 1 + small * small)


def softplus(u: Ball) -> Ball:
    return u + log1p((-u).exp()) if _is_right(u) else log1p(u.exp())


def atan(u: Ball) -> Ball:
    from flint import acb

    turned = acb(0, 1) * u
    return (log(1 + turned) - log(1 - turned)) * acb(0, -0.5)


def root_sum(u: Ball, v: Ball) -> Ball:
    root = sqrt(u * u + v)
    return u + root if _is_right(u) else div(v, root - u)
