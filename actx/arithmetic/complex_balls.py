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
from typing import TYPE_CHECKING

from actx.arithmetic.balls import whole

if TYPE_CHECKING:
    from flint import acb  # at run time where the first one is made

_LARGEST_POWER = 1 << 64  # that is computed as one, wherever the base may be


class NotAnalytic(ArithmeticError):
    """The formula is not analytic on the whole of a ball, or is not proven to be."""


def _finite(value: acb) -> acb:
    if not value.is_finite():
        raise NotAnalytic
    return value


def entire(name: str) -> Callable[[acb], acb]:
    """An operation that acb has itself and that has no singularity."""
    return operator.methodcaller(name)


def div(u: acb, v: acb) -> acb:
    return _finite(u / v)


def log(u: acb) -> acb:
    return _finite(u.log(analytic=True))


def log1p(u: acb) -> acb:
    return log(1 + u)


def sqrt(u: acb) -> acb:
    return _finite(u.sqrt(analytic=True))


def power(u: acb, v: acb) -> acb:
    n = whole(v.real, _LARGEST_POWER) if v.imag.is_zero() else None
    if n is not None:
        return _finite(u**n)
    return (log(u) * v).exp()


def _is_right(u: acb) -> bool:
    return bool(u.real.mid() >= 0)


def sigmoid(u: acb) -> acb:
    small = (-u if _is_right(u) else u).exp()
    return _finite((1 if _is_right(u) else small) / (1 + small))


def tanh(u: acb) -> acb:
    return 2 * sigmoid(2 * u) - 1


def sech(u: acb) -> acb:
    small = (-u if _is_right(u) else u).exp()
    return div(2 * small, 1 + small * small)


def softplus(u: acb) -> acb:
    return u + log1p((-u).exp()) if _is_right(u) else log1p(u.exp())


def atan(u: acb) -> acb:
    from flint import acb

    turned = acb(0, 1) * u
    return (log(1 + turned) - log(1 - turned)) * acb(0, -0.5)


def root_sum(u: acb, v: acb) -> acb:
    root = sqrt(u * u + v)
    return u + root if _is_right(u) else div(v, root - u)
