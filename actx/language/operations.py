"""The operations of the formula language, each declared once.

Everything a tree can do (be read, printed, evaluated, differentiated, cut into smooth pieces,
enclosed, expanded) is derived from this table; adding an operation is adding one entry. Formula
text in an entry speaks of the arguments as u, v and w.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from actx.language import elementary, interval
from actx.language.series import UNIT, Arithmetic, Series, constant

ARGUMENTS = ("u", "v", "w")
CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e}

# binding strength of what is printed and read; higher binds tighter
CONDITIONAL, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)

SeriesRule = Callable[..., Series]


@dataclass(frozen=True)
class Operation:
    """One operation.

    value: NumPy arrays or scalars in and out, float32 or float64.
    derivative: the partial derivative by each argument, as formula text.
    cases: what it is on each side of its breakpoints, for an operation that has some.
    definition: the same operation through others, from which its series follows.
    guard: an expression at whose zeros the operation is singular or stops being defined.
    enclosure: boxes in and out (`actx.language.interval`).
    series: an `Arithmetic` and series in, a series out; `far` is the same where the argument has an
    infinite limit only (near a finite one the series follows from the derivative).
    symbol, binding: how it is written between its arguments; None for a function.
    """

    name: str
    arity: int
    value: Callable[..., Any]
    derivative: tuple[str, ...] = ()
    cases: str | None = None
    definition: str | None = None
    guard: str | None = None
    enclosure: interval.Rule | None = None
    series: SeriesRule | None = None
    far: SeriesRule | None = None
    symbol: str | None = None
    binding: int = ATOM
    aliases: tuple[str, ...] = ()

    @property
    def is_function(self) -> bool:
        """Whether it is written as a name with arguments in brackets."""
        return self.symbol is None and self.name != "where"


def _power_series(a: Arithmetic, u: Series, v: Series) -> Series:
    if v.cut is None and (v.vanishes or (len(v.terms) == 1 and v.terms[0][1] == UNIT)):
        exponent = v.terms[0][0] if v.terms else 0
        return a.power(u, exponent) if exponent else constant(1)
    return a.exp(a.mul(v, a.log(u)))


def _atan_far(a: Arithmetic, u: Series) -> Series:
    """atan(u) = ±pi/2 - atan(1/u)."""
    inverse = a.power(u, -1)
    half_turn = constant(math.copysign(math.pi / 2, u.sign()))
    return a.sub(half_turn, a.compose(_atan_at_zero(), inverse))


def _atan_at_zero() -> Any:
    k = 0
    while True:
        yield (Fraction((-1) ** (k // 2), k) if k > 1 else 1) if k % 2 else 0
        k += 1


_OPERATIONS = (
    Operation(
        "add", 2, np.add, ("1", "1"), symbol="+", binding=SUM,
        enclosure=interval.add, series=Arithmetic.add,
    ),
    Operation(
        "sub", 2, np.subtract, ("1", "-1"), symbol="-", binding=SUM,
        enclosure=interval.sub, series=Arithmetic.sub,
    ),
    Operation(
        "mul", 2, np.multiply, ("v", "u"), symbol="*", binding=PRODUCT,
        enclosure=interval.mul, series=Arithmetic.mul,
    ),
    Operation(
        "div", 2, np.true_divide, ("1/v", "-u/v^2"), symbol="/", binding=PRODUCT, guard="v",
        enclosure=interval.div, series=Arithmetic.div,
    ),
    Operation(
        "neg", 1, np.negative, ("-1",), symbol="-", binding=SIGN,
        enclosure=interval.neg, series=Arithmetic.neg,
    ),
    Operation(
        "pow", 2, elementary.power, ("v*u^(v-1)", "u^v*log(u)"), symbol="^", binding=POWER,
        guard="u", enclosure=interval.power, series=_power_series,
    ),
    Operation("abs", 1, np.abs, cases="u if u >= 0 else -u"),
    Operation("relu", 1, elementary.relu, cases="u if u > 0 else 0"),
    Operation("sign", 1, np.sign, cases="1 if u > 0 else (-1 if u < 0 else 0)"),
    Operation("min", 2, np.minimum, cases="u if u <= v else v"),
    Operation("max", 2, np.maximum, cases="u if u >= v else v"),
    Operation(
        "clip", 3, elementary.clip, aliases=("clamp",),
        cases="w if u >= w else (w if v >= w else (u if u >= v else v))",
    ),
    Operation(
        "sqrt", 1, np.sqrt, ("1/(2*sqrt(u))",), definition="u^0.5", guard="u",
        enclosure=interval.increasing_from(np.sqrt, 0.0),
    ),
    Operation(
        "exp", 1, np.exp, ("exp(u)",),
        enclosure=interval.increasing(np.exp, 0.0), series=Arithmetic.exp,
    ),
    Operation(
        "expm1", 1, np.expm1, ("exp(u)",), definition="exp(u) - 1",
        enclosure=interval.increasing(np.expm1, -1.0),
    ),
    Operation(
        "log", 1, np.log, ("1/u",), guard="u", aliases=("ln",),
        enclosure=interval.increasing_from(np.log, 0.0), series=Arithmetic.log,
    ),
    Operation(
        "log1p", 1, np.log1p, ("1/(1 + u)",), definition="log(1 + u)", guard="1 + u",
        enclosure=interval.increasing_from(np.log1p, -1.0),
    ),
    Operation("sin", 1, np.sin, ("cos(u)",), enclosure=interval.sin, series=Arithmetic.sin),
    Operation("cos", 1, np.cos, ("-sin(u)",), enclosure=interval.cos, series=Arithmetic.cos),
    Operation(
        "tanh", 1, np.tanh, ("1/cosh(u)^2",), definition="1 - 2/(exp(2*u) + 1)",
        enclosure=interval.increasing(np.tanh, -1.0, 1.0),
    ),
    Operation(
        "sinh", 1, np.sinh, ("cosh(u)",), definition="(exp(u) - exp(-u))/2",
        enclosure=interval.increasing(np.sinh),
    ),
    Operation(
        "cosh", 1, np.cosh, ("sinh(u)",), definition="(exp(u) + exp(-u))/2",
        enclosure=interval.cosh,
    ),
    Operation(
        "atan", 1, np.arctan, ("1/(1 + u^2)",), aliases=("arctan",),
        enclosure=interval.increasing(np.arctan), far=_atan_far,
    ),
    Operation(
        "sigmoid", 1, elementary.sigmoid, ("sigmoid(u)*sigmoid(-u)",),
        definition="1/(1 + exp(-u))", enclosure=interval.increasing(elementary.sigmoid, 0.0, 1.0),
    ),
    Operation(
        "softplus", 1, elementary.softplus, ("sigmoid(u)",), definition="log(1 + exp(u))",
        enclosure=interval.increasing(elementary.softplus, 0.0),
    ),
    Operation(
        "erf", 1, elementary.erf, ("2/sqrt(pi)*exp(-u^2)",),
        enclosure=interval.increasing(elementary.erf, -1.0, 1.0), far=Arithmetic.erf_at_infinity,
    ),
    Operation(
        "erfc", 1, elementary.erfc, ("-2/sqrt(pi)*exp(-u^2)",), definition="1 - erf(u)",
        enclosure=interval.decreasing(elementary.erfc, 0.0, 2.0),
    ),
    Operation("lt", 2, np.less, symbol="<", binding=COMPARISON),
    Operation("le", 2, np.less_equal, symbol="<=", binding=COMPARISON),
    Operation("gt", 2, np.greater, symbol=">", binding=COMPARISON),
    Operation("ge", 2, np.greater_equal, symbol=">=", binding=COMPARISON),
    Operation("eq", 2, np.equal, symbol="==", binding=COMPARISON),
    Operation("ne", 2, np.not_equal, symbol="!=", binding=COMPARISON),
    Operation("and", 2, np.logical_and, symbol="and", binding=AND),
    Operation("or", 2, np.logical_or, symbol="or", binding=OR),
    Operation("not", 1, np.logical_not, symbol="not", binding=NOT),
    Operation("where", 3, np.where, binding=CONDITIONAL),
)  # fmt: skip

OPERATIONS: Mapping[str, Operation] = {o.name: o for o in _OPERATIONS}
FUNCTIONS: Mapping[str, Operation] = {
    name: o for o in _OPERATIONS if o.is_function for name in (o.name, *o.aliases)
}
COMPARISONS: Mapping[str, Operation] = {
    str(o.symbol): o for o in _OPERATIONS if o.binding == COMPARISON
}
CONDITIONS = frozenset(o.name for o in _OPERATIONS if OR <= o.binding <= COMPARISON)

# Sums that cancel where another way to write them does not: evaluated as the second one.
STABLE_FORMS: Mapping[str, str] = {
    "1 + erf(u)": "erfc(-u)",
    "1 - erf(u)": "erfc(u)",
    "1 + tanh(u)": "2*sigmoid(2*u)",
    "1 - tanh(u)": "2*sigmoid(-2*u)",
    "1 - sigmoid(u)": "sigmoid(-u)",
    "exp(u) - 1": "expm1(u)",
    "1 - exp(u)": "-expm1(u)",
    "log(1 + u)": "log1p(u)",
}

# Short forms that are written out when read; f, g ... are the arguments in order.
SHORT_FORMS: Mapping[str, tuple[int, str]] = {
    "lerp": (3, "(1 - w)*u + w*v"),
    "where": (3, ""),  # written as `v if u else w`, see syntax
}
KEYWORDS = frozenset({"if", "else", "and", "or", "not"})
RESERVED = frozenset({"x", "inf", "nan", "infinity", *CONSTANTS, *KEYWORDS, *SHORT_FORMS})
