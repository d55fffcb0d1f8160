"""Every registry formula written by hand with mpmath, apart from all code of the package.

A formula is a list of smooth parts between breakpoints that are given, not searched for. Parts are
written once, over a context `k` that is either `MP` (mpmath at the working precision) or `NP`
(NumPy long doubles, for dense scans), and take plain numbers or truncated Taylor series (`Jet`),
so that derivatives are exact to rounding. `verbatim` is a second writing of the same formula, as
its source states it, used only to check the first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np
from mpmath import mp

Number = Any  # mpf, a NumPy array, or a Jet of either


class Jet:
    """A truncated Taylor series c[0] + c[1] t + ... + c[n] t^n."""

    # NumPy must not spread a Jet over an array's elements.
    __array_ufunc__ = None

    def __init__(self, coefficients: Sequence[Number]) -> None:
        self.c = list(coefficients)

    @property
    def order(self) -> int:
        return len(self.c) - 1

    def _like(self, other: Number) -> Jet:
        if isinstance(other, Jet):
            return other
        return Jet([other] + [0 * self.c[0]] * self.order)

    def __add__(self, other: Number) -> Jet:
        return Jet([a + b for a, b in zip(self.c, self._like(other).c, strict=True)])

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return Jet([-a for a in self.c])

    def __sub__(self, other: Number) -> Jet:
        return Jet([a - b for a, b in zip(self.c, self._like(other).c, strict=True)])

    def __rsub__(self, other: Number) -> Jet:
        return -(self - other)

    def __mul__(self, other: Number) -> Jet:
        if not isinstance(other, Jet):
            return Jet([a * other for a in self.c])
        return Jet(
            [sum(self.c[i] * other.c[n - i] for i in range(n + 1)) for n in range(self.order + 1)]
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Jet:
        if not isinstance(other, Jet):
            return Jet([a / other for a in self.c])
        quotient: list[Number] = []
        for n in range(self.order + 1):
            rest = self.c[n] - sum(quotient[i] * other.c[n - i] for i in range(n))
            quotient.append(rest / other.c[0])
        return Jet(quotient)

    def __rtruediv__(self, other: Number) -> Jet:
        return self._like(other) / self

    def integrated(self, outer: Callable[[list[Number]], list[Number]], first: Number) -> Jet:
        """The y with y(0) = first and y' = g·u', u = self; `outer` gives g from y so far."""
        y = [first]
        for n in range(1, self.order + 1):
            g = outer(y)
            y.append(sum(j * self.c[j] * g[n - j] for j in range(1, n + 1)) / n)
        return Jet(y)


class Context:
    """Elementary functions of numbers and jets; a subclass gives those of plain numbers."""

    def constant(self, text: str) -> Number:
        raise NotImplementedError

    def __getattr__(self, name: str) -> Callable[[Number], Number]:
        if name.startswith("_"):
            raise AttributeError(name)
        plain = getattr(self, "_" + name)
        series = getattr(Context, "jet_" + name, None)

        def call(u: Number) -> Number:
            return series(self, u) if isinstance(u, Jet) else plain(u)

        self.__dict__[name] = call
        return call

    def jet_exp(self, u: Jet) -> Jet:
        return u.integrated(lambda y: y, self.exp(u.c[0]))

    def jet_expm1(self, u: Jet) -> Jet:
        first = self.exp(u.c[0])
        return u.integrated(lambda y: [first, *y[1:]], self.expm1(u.c[0]))

    def jet_sigmoid(self, u: Jet) -> Jet:
        # s' = s(1-s)u'; 1-s starts from sigmoid(-u), which does not cancel.
        opposite = self.sigmoid(-u.c[0])

        def slope(s: list[Number]) -> list[Number]:
            rest = [opposite, *(-a for a in s[1:])]
            return [sum(s[i] * rest[n - i] for i in range(n + 1)) for n in range(len(s))]

        return u.integrated(slope, self.sigmoid(u.c[0]))

    def jet_softplus(self, u: Jet) -> Jet:
        g = self.sigmoid(u).c
        return u.integrated(lambda y: g, self.softplus(u.c[0]))

    def jet_tanh(self, u: Jet) -> Jet:
        start = self.sech2(u.c[0])

        def slope(t: list[Number]) -> list[Number]:
            squares = [sum(t[i] * t[n - i] for i in range(n + 1)) for n in range(len(t))]
            return [start, *(-a for a in squares[1:])]

        return u.integrated(slope, self.tanh(u.c[0]))

    def jet_log1p(self, u: Jet) -> Jet:
        g = (1 / (1 + u)).c
        return u.integrated(lambda y: g, self.log1p(u.c[0]))

    def jet_erf(self, u: Jet) -> Jet:
        g = (self.exp(-(u * u)) * self.two_over_sqrt_pi()).c
        return u.integrated(lambda y: g, self.erf(u.c[0]))

    def jet_erfc(self, u: Jet) -> Jet:
        g = (self.exp(-(u * u)) * -self.two_over_sqrt_pi()).c
        return u.integrated(lambda y: g, self.erfc(u.c[0]))

    def jet_sqrt(self, u: Jet) -> Jet:
        y = [self.sqrt(u.c[0])]
        for n in range(1, u.order + 1):
            y.append((u.c[n] - sum(y[i] * y[n - i] for i in range(1, n))) / (2 * y[0]))
        return Jet(y)

    def two_over_sqrt_pi(self) -> Number:
        raise NotImplementedError


class MpContext(Context):
    """mpmath at the working precision.

    `binary` says how a decimal constant such as 1.702 is read: as that decimal (False) or as the
    float64 number nearest to it (True).
    """

    def __init__(self) -> None:
        self.binary = False
        self._cache: dict[tuple[str, int, bool], Number] = {}

    def constant(self, text: str) -> Number:
        key = (text, mp.prec, self.binary)
        if key not in self._cache:
            self._cache[key] = mp.mpf(float(text)) if self.binary else mp.mpf(text)
        return self._cache[key]

    def sqrt_of(self, numerator: int, over_pi: bool = False) -> Number:
        return mp.sqrt(mp.mpf(numerator) / mp.pi) if over_pi else mp.sqrt(numerator)

    def two_over_sqrt_pi(self) -> Number:
        return 2 / mp.sqrt(mp.pi)

    _exp = staticmethod(mp.exp)
    _expm1 = staticmethod(mp.expm1)
    _log1p = staticmethod(mp.log1p)
    _tanh = staticmethod(mp.tanh)
    _erf = staticmethod(mp.erf)
    _erfc = staticmethod(mp.erfc)
    _sqrt = staticmethod(mp.sqrt)

    @staticmethod
    def _sigmoid(u: Number) -> Number:
        if u >= 0:
            return 1 / (1 + mp.exp(-u))
        grown = mp.exp(u)
        return grown / (1 + grown)

    @staticmethod
    def _softplus(u: Number) -> Number:
        return u + mp.log1p(mp.exp(-u)) if u >= 0 else mp.log1p(mp.exp(u))

    @staticmethod
    def _sech2(u: Number) -> Number:
        return 1 / mp.cosh(u) ** 2


class NpContext(Context):
    """NumPy long doubles, for scans."""

    def constant(self, text: str) -> Number:
        return np.longdouble(text)

    def sqrt_of(self, numerator: int, over_pi: bool = False) -> Number:
        value = np.longdouble(numerator)
        return np.sqrt(value / np.longdouble("3.14159265358979323846") if over_pi else value)

    def two_over_sqrt_pi(self) -> Number:
        return np.longdouble("1.12837916709551257390")

    _exp = staticmethod(np.exp)
    _expm1 = staticmethod(np.expm1)
    _log1p = staticmethod(np.log1p)
    _tanh = staticmethod(np.tanh)
    _sqrt = staticmethod(np.sqrt)

    @staticmethod
    def _erf(u: Number) -> Number:
        return np.array([math.erf(v) for v in u], dtype=np.longdouble)

    @staticmethod
    def _erfc(u: Number) -> Number:
        return np.array([math.erfc(v) for v in u], dtype=np.longdouble)

    @staticmethod
    def _sigmoid(u: Number) -> Number:
        shrunk = np.exp(-np.abs(u))
        return np.where(u >= 0, 1, shrunk) / (1 + shrunk)

    @staticmethod
    def _softplus(u: Number) -> Number:
        return np.maximum(u, 0) + np.log1p(np.exp(-np.abs(u)))

    @staticmethod
    def _sech2(u: Number) -> Number:
        shrunk = np.exp(-np.abs(u))
        return (2 * shrunk / (1 + shrunk * shrunk)) ** 2


MP = MpContext()
NP = NpContext()

Part = Callable[[Any, Number], Number]  # (context, x) -> value


@dataclass(frozen=True)
class Tail:
    """f(x) = slope·x + intercept + o(1), the constants as functions of nothing.

    `decay` says how the rest goes to 0: "exponential", "1/x", or "none" where it is 0 outright;
    what of |f - mish| can be integrated follows from it.
    """

    slope: Callable[[], Number]
    intercept: Callable[[], Number]
    decay: str = "exponential"


def tail(slope: object = 0, intercept: object = 0, decay: str = "exponential") -> Tail:
    def late(value: object) -> Callable[[], Number]:
        return value if callable(value) else lambda: MP.constant(str(value))

    return Tail(late(slope), late(intercept), decay)


FLAT = tail()
IDENTITY = tail(1)


@dataclass(frozen=True)
class Written:
    """A formula by hand: `parts[i]` holds between `breaks[i-1]` and `breaks[i]`.

    constant: which parts are constant, with their values.
    same: parts that equal mish exactly (the error there is 0, not rounding noise).
    """

    verbatim: Callable[[Number], Number]
    parts: tuple[Part, ...]
    breaks: tuple[str, ...] = ()
    left: Tail = FLAT
    right: Tail = IDENTITY
    parameters: dict[str, str] = field(default_factory=dict)
    constant: dict[int, str] = field(default_factory=dict)
    same: tuple[int, ...] = ()

    def breakpoints(self) -> list[Number]:
        return [MP.constant(text) for text in self.breaks]

    def index(self, x: Number) -> int:
        """The part that holds at x (at a breakpoint, the one to its left; all are continuous)."""
        return sum(1 for b in self.breakpoints() if x > b)

    def value(self, x: Number) -> Number:
        return self.parts[self.index(x)](MP, x)

    def jet(self, part: int, x: Number, order: int) -> list[Number]:
        """Derivatives 0..order of one part at x."""
        return derivatives(self.parts[part], x, order)


def derivatives(part: Part, x: Number, order: int) -> list[Number]:
    """Derivatives 0..order of a part at x, an mpf (MP) or an array of long doubles (NP)."""
    k: Context = NP if isinstance(x, np.ndarray) else MP
    result = part(k, Jet([x, 0 * x + 1] + [0 * x] * (order - 1)))
    return [coefficient * math.factorial(n) for n, coefficient in enumerate(result.c)]


def zero(k: Context, x: Number) -> Number:
    return 0 * x


def identity(k: Context, x: Number) -> Number:
    return 1 * x


def constant(value: str) -> Part:
    return lambda k, x: 0 * x + k.constant(value)


def _relu(x: Number, top: object = mpmath.inf) -> Number:
    return min(max(x, mp.mpf(0)), mp.mpf(top))


def _sigmoid(x: Number) -> Number:
    return 1 / (1 + mp.exp(-x))


def _softplus(x: Number) -> Number:
    return mp.log(1 + mp.exp(x))


def _mish(x: Number) -> Number:
    return x * mp.tanh(_softplus(x))


def mish(k: Context, x: Number) -> Number:
    return x * k.tanh(k.softplus(x))


def clipped(top: str, shift: str) -> tuple[Part, ...]:
    """x·min(max(x+shift, 0), top)/top between its breakpoints -shift and top-shift."""
    return (zero, lambda k, x: x * (x + k.constant(shift)) / k.constant(top), identity)


def gelu(k: Context, x: Number) -> Number:
    return x * k.erfc(-x / k.sqrt_of(2)) / 2


def gelu_tanh(k: Context, x: Number) -> Number:
    inner = k.sqrt_of(2, over_pi=True) * (x + k.constant("0.044715") * x * x * x)
    return x * k.sigmoid(2 * inner)  # (1 + tanh u)/2 = sigmoid(2u)


def mish_one_exp(k: Context, x: Number) -> Number:
    grown = k.exp(x)
    n = grown * (grown + 2)
    return x * n / (n + 2)


SELU_SCALE = "1.0507009873554804934193349852946"
SELU_ALPHA = "1.6732632423543772848170429916717"

# The parts of a formula with default parameters; the text of each is in the registry entries.
FORMULAS: dict[str, Written] = {
    "mish": Written(_mish, (mish,), same=(0,)),
    "relu": Written(_relu, (zero, identity), ("0",), constant={0: "0"}),
    "swish": Written(
        lambda x: x * _sigmoid(x), (lambda k, x: x * k.sigmoid(x),), parameters={"beta": "1"}
    ),
    "hard-swish": Written(
        lambda x: x * _relu(x + 3, 6) / 6, clipped("6", "3"), ("-3", "3"), constant={0: "0"}
    ),
    "hard-mish": Written(
        lambda x: x * _relu(x + 3, 5) / 5, clipped("5", "3"), ("-3", "2"), constant={0: "0"}
    ),
    "hard-mish-4": Written(
        lambda x: x * _relu(x + 3, 4) / 4, clipped("4", "3"), ("-3", "1"), constant={0: "0"}
    ),
    "hard-mish-3": Written(
        lambda x: x * _relu(x + 3, 3) / 3, clipped("3", "3"), ("-3", "0"), constant={0: "0"}
    ),
    "hard-mish-4-relu": Written(
        lambda x: x * _relu(x + 3, 4) / 4 if x < 0 else _relu(x),
        clipped("4", "3"),
        ("-3", "0"),
        constant={0: "0"},
    ),
    "approx-mish": Written(
        lambda x: x * _sigmoid(x) if x <= 0 else x * _sigmoid(2 * x),
        (lambda k, x: x * k.sigmoid(x), lambda k, x: x * k.sigmoid(2 * x)),
        ("0",),
    ),
    "linear-swish": Written(
        lambda x: 2 * x * _sigmoid(x * 5 / 4) if x <= 0 else x,
        (lambda k, x: 2 * x * k.sigmoid(k.constant("1.25") * x), identity),
        ("0",),
        parameters={"a": "1.25"},
    ),
    "aptx": Written(
        lambda x: (1 + mp.tanh(x)) * x / 2,
        (lambda k, x: x * k.sigmoid(2 * x),),
        parameters={"alpha": "1", "beta": "1", "gamma": "0.5"},
    ),
    "aptx-neuron": Written(
        lambda x: x * (1 + mp.tanh(x)) / 2,
        (lambda k, x: x * k.sigmoid(2 * x),),
        parameters={"alpha": "1", "beta": "1", "gamma": "0.5", "delta": "0"},
    ),
    "lerp-mish-relu": Written(
        lambda x: (_mish(x) + _relu(x)) / 2,
        (lambda k, x: mish(k, x) / 2, lambda k, x: (mish(k, x) + x) / 2),
        ("0",),
        parameters={"t": "0.5"},
    ),
    "h-mish": Written(
        lambda x: x / 2 * min(mp.mpf(2), max(mp.mpf(0), x + 2)),
        clipped("2", "2"),
        ("-2", "0"),
        constant={0: "0"},
    ),
    "gelu": Written(lambda x: x * (1 + mp.erf(x / mp.sqrt(2))) / 2, (gelu,)),
    "gelu-tanh": Written(
        lambda x: x * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + MP.constant("0.044715") * x**3))) / 2,
        (gelu_tanh,),
    ),
    "quick-gelu": Written(
        lambda x: x * _sigmoid(MP.constant("1.702") * x),
        (lambda k, x: x * k.sigmoid(k.constant("1.702") * x),),
    ),
    "elu": Written(
        lambda x: x if x > 0 else mp.exp(x) - 1,
        (lambda k, x: k.expm1(x), identity),
        ("0",),
        left=tail(0, -1),
        parameters={"alpha": "1"},
    ),
    "celu": Written(
        lambda x: max(mp.mpf(0), x) + min(mp.mpf(0), mp.exp(x) - 1),
        (lambda k, x: k.expm1(x), identity),
        ("0",),
        left=tail(0, -1),
        parameters={"alpha": "1"},
    ),
    "selu": Written(
        lambda x: (
            MP.constant(SELU_SCALE)
            * (max(mp.mpf(0), x) + min(mp.mpf(0), MP.constant(SELU_ALPHA) * (mp.exp(x) - 1)))
        ),
        (
            lambda k, x: k.constant(SELU_SCALE) * k.constant(SELU_ALPHA) * k.expm1(x),
            lambda k, x: k.constant(SELU_SCALE) * x,
        ),
        ("0",),
        left=tail(0, lambda: -MP.constant(SELU_SCALE) * MP.constant(SELU_ALPHA)),
        right=tail(SELU_SCALE),
    ),
    "softplus": Written(_softplus, (lambda k, x: k.softplus(x),), parameters={"beta": "1"}),
    "leaky-relu": Written(
        lambda x: x if x > 0 else MP.constant("0.01") * x,
        (lambda k, x: k.constant("0.01") * x, identity),
        ("0",),
        left=tail("0.01"),
        parameters={"slope": "0.01"},
    ),
    "squareplus": Written(
        lambda x: (x + mp.sqrt(x * x + 4)) / 2,
        # Two writings of one function, split at 0 only so that neither cancels; 0 is no kink.
        (lambda k, x: 2 / (k.sqrt(x * x + 4) - x), lambda k, x: (x + k.sqrt(x * x + 4)) / 2),
        ("0",),
        left=tail(0, 0, "1/x"),
        right=tail(1, 0, "1/x"),
        parameters={"b": "4"},
    ),
    "serf": Written(lambda x: x * mp.erf(_softplus(x)), (lambda k, x: x * k.erf(k.softplus(x)),)),
    "logish": Written(
        lambda x: x * mp.log(1 + _sigmoid(x)),
        (lambda k, x: x * k.log1p(k.sigmoid(x)),),
        right=tail(lambda: mp.log(2)),
    ),
    "tanhexp": Written(lambda x: x * mp.tanh(mp.exp(x)), (lambda k, x: x * k.tanh(k.exp(x)),)),
    "smish": Written(
        lambda x: x * mp.tanh(mp.log(1 + _sigmoid(x))),
        (lambda k, x: x * k.tanh(k.log1p(k.sigmoid(x))),),
        right=tail("0.6"),  # tanh(log 2)
    ),
    "relu6": Written(
        lambda x: _relu(x, 6),
        (zero, identity, constant("6")),
        ("0", "6"),
        right=tail(0, 6),
        constant={0: "0", 2: "6"},
    ),
    "hard-sigmoid": Written(
        lambda x: _relu(x + 3, 6) / 6,
        (zero, lambda k, x: (x + 3) / 6, constant("1")),
        ("-3", "3"),
        right=tail(0, 1),
        constant={0: "0", 2: "1"},
    ),
    "hard-tanh": Written(
        lambda x: max(mp.mpf(-1), min(mp.mpf(1), x)),
        (constant("-1"), identity, constant("1")),
        ("-1", "1"),
        left=tail(0, -1),
        right=tail(0, 1),
        constant={0: "-1", 2: "1"},
    ),
    "tanh": Written(
        lambda x: (mp.exp(2 * x) - 1) / (mp.exp(2 * x) + 1),
        (lambda k, x: k.tanh(x),),
        left=tail(0, -1),
        right=tail(0, 1),
    ),
    "sigmoid": Written(_sigmoid, (lambda k, x: k.sigmoid(x),), right=tail(0, 1)),
    "saturated-gelu": Written(
        lambda x: x if x >= 0 else x * (1 + mp.erf(x / mp.sqrt(2))) / 2, (gelu, identity), ("0",)
    ),
    "saturated-swish": Written(
        lambda x: x if x >= 0 else x * _sigmoid(x),
        (lambda k, x: x * k.sigmoid(x), identity),
        ("0",),
    ),
    "saturated-mish": Written(
        lambda x: x if x >= 0 else _mish(x), (mish, identity), ("0",), same=(0,)
    ),
    "mish-one-exp": Written(
        lambda x: x * (mp.exp(2 * x) + 2 * mp.exp(x)) / (mp.exp(2 * x) + 2 * mp.exp(x) + 2),
        (mish_one_exp,),
        same=(0,),
    ),
}
