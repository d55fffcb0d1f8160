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

from actx.arithmetic import balls, complex_balls, elementary, interval
from actx.arithmetic.series import UNIT, Arithmetic, Series, atan_at_zero, constant, times

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
    enclosure: boxes in and out (`actx.arithmetic.interval`).
    ball: arb balls in and out (`actx.arithmetic.balls`).
    analytic: complex balls in and out, where it is analytic (`actx.arithmetic.complex_balls`).
    series: an `Arithmetic` and series in, a series out; `far` is the same where the argument has an
    infinite limit only, and takes its square as well (near a finite one the series follows from
    the derivative).
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
    ball: Callable[..., Any] | None = None
    analytic: Callable[..., Any] | None = None
    series: SeriesRule | None = None
    far: SeriesRule | None = None
    symbol: str | None = None
    binding: int = ATOM
    aliases: tuple[str, ...] = ()

    @property
    def is_function(self) -> bool:
        """Whether it is written as a name with arguments in brackets."""
        return self.symbol is None and self.name != "where"


def _method(name: str) -> SeriesRule:
    """A rule that is a method of the arithmetic at hand."""
    return lambda arithmetic, *args: getattr(arithmetic, name)(*args)


def _power_series(a: Arithmetic, u: Series, v: Series) -> Series:
    if v.cut is None and (v.vanishes or (len(v.terms) == 1 and v.terms[0][1] == UNIT)):
        exponent = v.terms[0][0] if v.terms else 0
        return a.power(u, exponent) if exponent else constant(1)
    return a.exp(a.mul(v, a.log(u)))


def _atan_far(a: Arithmetic, u: Series, _: Series) -> Series:
    """atan(u) = ±pi/2 - atan(1/u)."""
    half_turn = constant(times(a.reals.constant("pi"), Fraction(u.sign(), 2)))
    return a.sub(half_turn, a.compose(atan_at_zero(), a.power(u, -1)))


_OPERATIONS = (
    Operation(
        "add", 2, np.add, ("1", "1"), symbol="+", binding=SUM,
        enclosure=interval.add, series=_method("add"), ball=balls.add,
        analytic=complex_balls.add,
    ),
    Operation(
        "sub", 2, np.subtract, ("1", "-1"), symbol="-", binding=SUM,
        enclosure=interval.sub, series=_method("sub"), ball=balls.sub,
        analytic=complex_balls.sub,
    ),
    Operation(
        "mul", 2, np.multiply, ("v", "u"), symbol="*", binding=PRODUCT,
        enclosure=interval.mul, series=_method("mul"), ball=balls.mul,
        analytic=complex_balls.mul,
    ),
    Operation(
        "div", 2, np.true_divide, ("1/v", "-u/v/v"), symbol="/", binding=PRODUCT, guard="v",
        enclosure=interval.div, series=_method("div"), ball=balls.div,
        analytic=complex_balls.div,
    ),
    Operation(
        "neg", 1, np.negative, ("-1",), symbol="-", binding=SIGN,
        enclosure=interval.neg, series=_method("neg"), ball=balls.neg,
        analytic=complex_balls.neg,
    ),
    Operation(
        "pow", 2, elementary.power, ("v*u^(v-1)", "u^v*log(u)"), symbol="^", binding=POWER,
        guard="u", enclosure=interval.power, series=_power_series, ball=balls.power,
        analytic=complex_balls.power,
    ),
    Operation(
        "abs", 1, np.abs, cases="u if u >= 0 else -u",
        enclosure=interval.absolute, ball=balls.absolute,
    ),
    Operation(
        "relu", 1, elementary.relu, cases="u if u > 0 else 0",
        enclosure=interval.relu, ball=balls.relu,
    ),
    Operation(
        "sign", 1, np.sign, cases="1 if u > 0 else (-1 if u < 0 else 0)",
        enclosure=interval.sign, ball=balls.sign,
    ),
    Operation(
        "min", 2, np.minimum, cases="u if u <= v else v",
        enclosure=interval.smaller, ball=balls.smaller,
    ),
    Operation(
        "max", 2, np.maximum, cases="u if u >= v else v",
        enclosure=interval.larger, ball=balls.larger,
    ),
    Operation(
        "clip", 3, elementary.clip, aliases=("clamp",),
        cases="w if u >= w else (w if v >= w else (u if u >= v else v))",
        enclosure=interval.clip, ball=balls.clip,
    ),
    Operation(
        "sqrt", 1, np.sqrt, ("1/(2*sqrt(u))",), definition="u^0.5", guard="u",
        enclosure=interval.increasing_from(np.sqrt, 0.0), ball=balls.sqrt,
        analytic=complex_balls.sqrt,
    ),
    Operation(
        "exp", 1, np.exp, ("exp(u)",),
        enclosure=interval.increasing(np.exp, 0.0), series=_method("exp"), ball=balls.exp,
        analytic=complex_balls.entire("exp"),
    ),
    Operation(
        "expm1", 1, np.expm1, ("exp(u)",), definition="exp(u) - 1",
        enclosure=interval.increasing(np.expm1, -1.0), ball=balls.method("expm1"),
        analytic=complex_balls.entire("expm1"),
    ),
    Operation(
        "log", 1, np.log, ("1/u",), guard="u", aliases=("ln",),
        enclosure=interval.increasing_from(np.log, 0.0), series=_method("log"),
        ball=balls.method("log"),
        analytic=complex_balls.log,
    ),
    Operation(
        "log1p", 1, np.log1p, ("1/(1 + u)",), definition="log(1 + u)", guard="1 + u",
        enclosure=interval.increasing_from(np.log1p, -1.0), ball=balls.method("log1p"),
        analytic=complex_balls.log1p,
    ),
    Operation(
        "sin", 1, np.sin, ("cos(u)",), enclosure=interval.sin, series=_method("sin"),
        ball=balls.method("sin"),
        analytic=complex_balls.entire("sin"),
    ),
    Operation(
        "cos", 1, np.cos, ("-sin(u)",), enclosure=interval.cos, series=_method("cos"),
        ball=balls.method("cos"),
        analytic=complex_balls.entire("cos"),
    ),
    Operation(
        "tanh", 1, np.tanh, ("sech(u)^2",), definition="1 - 2/(exp(2*u) + 1)",
        enclosure=interval.increasing(np.tanh, -1.0, 1.0), ball=balls.monotone("tanh"),
        analytic=complex_balls.tanh,
    ),
    Operation(
        "sinh", 1, np.sinh, ("cosh(u)",), definition="(exp(u) - exp(-u))/2",
        enclosure=interval.increasing(np.sinh), ball=balls.monotone("sinh"),
        analytic=complex_balls.entire("sinh"),
    ),
    Operation(
        "cosh", 1, np.cosh, ("sinh(u)",), definition="(exp(u) + exp(-u))/2",
        enclosure=interval.cosh, ball=balls.cosh,
        analytic=complex_balls.entire("cosh"),
    ),
    Operation(  # 1/cosh(u), whose derivatives do not overflow to inf/inf
        "sech", 1, elementary.sech, ("-sech(u)*tanh(u)",), definition="2/(exp(u) + exp(-u))",
        enclosure=interval.sech, ball=balls.sech,
        analytic=complex_balls.sech,
    ),
    Operation(
        "atan", 1, np.arctan, ("1/(1 + u^2)",), aliases=("arctan",),
        enclosure=interval.increasing(np.arctan), far=_atan_far, ball=balls.monotone("atan"),
        analytic=complex_balls.atan,
    ),
    Operation(
        "sigmoid", 1, elementary.sigmoid, ("sigmoid(u)*sigmoid(-u)",),
        definition="1/(1 + exp(-u))", enclosure=interval.increasing(elementary.sigmoid, 0.0, 1.0),
        ball=balls.sigmoid,
        analytic=complex_balls.sigmoid,
    ),
    Operation(
        "softplus", 1, elementary.softplus, ("sigmoid(u)",), definition="log(1 + exp(u))",
        enclosure=interval.increasing(elementary.softplus, 0.0), ball=balls.softplus,
        analytic=complex_balls.softplus,
    ),
    Operation(
        "erf", 1, elementary.erf, ("2/sqrt(pi)*exp(-u^2)",),
        enclosure=interval.increasing(elementary.erf, -1.0, 1.0), far=_method("erf_at_infinity"),
        ball=balls.monotone("erf"),
        analytic=complex_balls.entire("erf"),
    ),
    Operation(
        "erfc", 1, elementary.erfc, ("-2/sqrt(pi)*exp(-u^2)",),
        far=lambda a, u, square: a.sub(constant(1), a.erf_at_infinity(u, square)),
        enclosure=interval.erfc, ball=balls.monotone("erfc"),
        analytic=complex_balls.entire("erfc"),
    ),
    Operation(  # without cancellation where u is negative; see STABLE_FORMS
        "root_sum", 2, elementary.root_sum,
        ("root_sum(u, v)/sqrt(u^2 + v)", "0.5/sqrt(u^2 + v)"),
        definition="u + sqrt(u^2 + v)", guard="u^2 + v",
        enclosure=interval.root_sum, ball=balls.root_sum,
        analytic=complex_balls.root_sum,
    ),
    Operation(
        "lt", 2, np.less, symbol="<", binding=COMPARISON,
        enclosure=interval.less, ball=balls.less,
    ),
    Operation(
        "le", 2, np.less_equal, symbol="<=", binding=COMPARISON,
        enclosure=interval.less_or_equal, ball=balls.less_or_equal,
    ),
    Operation(
        "gt", 2, np.greater, symbol=">", binding=COMPARISON,
        enclosure=interval.greater, ball=balls.greater,
    ),
    Operation(
        "ge", 2, np.greater_equal, symbol=">=", binding=COMPARISON,
        enclosure=interval.greater_or_equal, ball=balls.greater_or_equal,
    ),
    Operation(
        "eq", 2, np.equal, symbol="==", binding=COMPARISON,
        enclosure=interval.equal, ball=balls.equal,
    ),
    Operation(
        "ne", 2, np.not_equal, symbol="!=", binding=COMPARISON,
        enclosure=interval.unequal, ball=balls.unequal,
    ),
    Operation(
        "and", 2, np.logical_and, symbol="and", binding=AND,
        enclosure=interval.both, ball=balls.both,
    ),
    Operation(
        "or", 2, np.logical_or, symbol="or", binding=OR,
        enclosure=interval.either, ball=balls.either,
    ),
    Operation(
        "not", 1, np.logical_not, symbol="not", binding=NOT,
        enclosure=interval.opposite, ball=balls.opposite,
    ),
    Operation(
        "where", 3, np.where, binding=CONDITIONAL,
        enclosure=interval.choose, ball=balls.choose,
    ),
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
    "log(1 + exp(u))": "softplus(u)",  # exp(u) may overflow
    "log1p(exp(u))": "softplus(u)",
    "log(1 + u)": "log1p(u)",
    "u + sqrt(u^2 + v)": "root_sum(u, v)",
    "sqrt(u^2 + v) - u": "root_sum(-u, v)",
}

# Quotients whose derivatives overflow to inf/inf far out, where those of the second form do not.
BOUNDED_FORMS: Mapping[str, str] = {
    "exp(u)/(1 + exp(u))": "sigmoid(u)",
    "u/(1 + exp(v))": "u*sigmoid(-v)",
    "u/cosh(v)": "u*sech(v)",
}

# Short forms that are written out when read; f, g ... are the arguments in order.
SHORT_FORMS: Mapping[str, tuple[int, str]] = {
    "lerp": (3, "(1 - w)*u + w*v"),
    "where": (3, ""),  # written as `v if u else w`, see syntax
}
KEYWORDS = frozenset({"if", "else", "and", "or", "not"})
RESERVED = frozenset({"x", "inf", "nan", "infinity", *CONSTANTS, *KEYWORDS, *SHORT_FORMS})
