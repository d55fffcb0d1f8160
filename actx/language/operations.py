"""The operations of the formula language, each declared once.

Everything a tree can do (be read, printed, evaluated, differentiated, cut into smooth pieces,
enclosed, expanded, weighed, written as code) is derived from this table; adding an operation is
adding one row. What a row says is told by `actx.language.operation.Operation`. A row that can be
written through others needs no more than that:

    Operation("rsqrt", 1, definition="1/sqrt(u)")

and says the rest where it knows better. It speaks of rows above it.

The weights in `cost` are measured: float32 arrays in the first-level cache, gcc -O3 with the vector
functions of glibc 2.36 (AVX2), as multiples of one addition in a chain of multiplies and adds;
rounded. `python tests/benchmarks/weights.py` measures them on another machine. That of pow is for a
base and an exponent that both vary or are not simple; `actx.calculus.cost` says which powers are
cheaper.

Longer than other files: it is one table.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from actx.arithmetic import balls, complex_balls, elementary, interval, steps
from actx.arithmetic.coefficients import times
from actx.arithmetic.expansions import atan_at_zero
from actx.arithmetic.monomials import UNIT
from actx.arithmetic.series import Arithmetic, Series, constant
from actx.language.operation import (
    AND,
    ARGUMENTS,
    ATOM,
    COMPARISON,
    CONDITIONAL,
    CONSTANTS,
    FUNCTIONS,
    KEYWORDS,
    LOOKUP,
    NOT,
    NOWHERE,
    OPERATIONS,
    OR,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Code,
    Counts,
    Operation,
    SeriesRule,
    add,
)

__all__ = [
    "AND", "ARGUMENTS", "ATOM", "COMPARISON", "COMPARISONS", "CONDITIONAL",
    "CONDITIONS", "CONSTANTS", "FUNCTIONS", "KEYWORDS", "LOOKUP", "NOT", "NOWHERE", "OPERATIONS",
    "OR", "POWER", "PRODUCT", "RESERVED", "SHORT_FORMS", "SIGN", "SUM", "Operation",
]  # fmt: skip

_ADD, _MULTIPLY, _DIVIDE = Counts(adds=1), Counts(multiplies=1), Counts(divides=1)
_ROOT, _CALL, _BRANCH, _SIGN = Counts(roots=1), Counts(calls=1), Counts(branches=1), Counts(signs=1)


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


def _named(name: str, result: str, **others: str | None) -> Code:
    """The code of a function that has one name nearly everywhere."""
    same = dict.fromkeys(("c", "math", "arrays", "torch", "sympy", "js", "rust"), name)
    names: dict[str, Any] = {**same, "onnx": name.capitalize(), **others}
    return Code(result=result, **names)


def _stepping(name: str, edges: steps.Edges, rounding: Any, code: Code, **others: Any) -> Operation:
    """A function that rises in steps through the whole numbers."""
    return Operation(
        name, 1, rounding, steps=edges, enclosure=steps.enclosure(rounding),
        ball=steps.ball(edges), cost=(_BRANCH, 2), ulps=0, code=code, **others,
    )  # fmt: skip


_ROWS = (
    Operation(
        "add", 2, np.add, ("1", "1"), symbol="+", binding=SUM, operator=operator.add,
        enclosure=interval.add, series=_method("add"), cost=(_ADD, 1), ulps=0.5,
        code=Code(onnx="Add", result="a"),
    ),
    Operation(
        "sub", 2, np.subtract, ("1", "-1"), symbol="-", binding=SUM, operator=operator.sub,
        enclosure=interval.sub, series=_method("sub"), cost=(_ADD, 1), ulps=0.5,
        code=Code(onnx="Sub", result="d"),
    ),
    Operation(
        "mul", 2, np.multiply, ("v", "u"), symbol="*", binding=PRODUCT, operator=operator.mul,
        enclosure=interval.mul, series=_method("mul"), cost=(_MULTIPLY, 1), ulps=0.5,
        code=Code(onnx="Mul", latex=r"\,", result="p"),
    ),
    Operation(
        "div", 2, np.true_divide, ("1/v", "-u/v/v"), symbol="/", binding=PRODUCT, guard="v",
        operator=operator.truediv, enclosure=interval.div, series=_method("div"),
        analytic=complex_balls.div, cost=(_DIVIDE, 5), ulps=0.5,
        code=Code(onnx="Div", latex=r"\frac{{{0}}}{{{1}}}", result="q"),
    ),
    Operation(  # becomes part of the operation before or after it
        "neg", 1, np.negative, ("-1",), symbol="-", binding=SIGN, operator=operator.neg,
        enclosure=interval.neg, series=_method("neg"), cost=(_SIGN, 0), ulps=0,
        code=Code(onnx="Neg"),
    ),
    Operation(
        "pow", 2, elementary.power, ("v*u^(v-1)", "u^v*log(u)"), symbol="^", binding=POWER,
        guard="u", enclosure=interval.power, series=_power_series, ball=balls.power,
        analytic=complex_balls.power, taylor=balls.power_of_series, cost=(_CALL, 150),
        code=Code(
            c="pow", math="pow", arrays="power", torch="pow", sympy="Pow", js="power({0}, {1})",
            rust="powf", onnx="Pow", latex="{{{0}}}^{{{1}}}",
        ),
    ),
    Operation(
        "lt", 2, np.less, symbol="<", binding=COMPARISON, operator=operator.lt,
        enclosure=interval.less, ball=balls.less, cost=(_BRANCH, 1), ulps=0,
        code=Code(onnx="Less"),
    ),
    Operation(
        "le", 2, np.less_equal, symbol="<=", binding=COMPARISON, operator=operator.le,
        enclosure=interval.less_or_equal, ball=balls.less_or_equal, cost=(_BRANCH, 1), ulps=0,
        code=Code(onnx="LessOrEqual", latex=r"\le"),
    ),
    Operation(
        "gt", 2, np.greater, symbol=">", binding=COMPARISON, operator=operator.gt,
        enclosure=interval.greater, ball=balls.greater, cost=(_BRANCH, 1), ulps=0,
        code=Code(onnx="Greater"),
    ),
    Operation(
        "ge", 2, np.greater_equal, symbol=">=", binding=COMPARISON, operator=operator.ge,
        enclosure=interval.greater_or_equal, ball=balls.greater_or_equal, cost=(_BRANCH, 1), ulps=0,
        code=Code(onnx="GreaterOrEqual", latex=r"\ge"),
    ),
    Operation(
        "eq", 2, np.equal, symbol="==", binding=COMPARISON, operator=operator.eq,
        enclosure=interval.equal, ball=balls.equal, cost=(_BRANCH, 1), ulps=0,
        code=Code(sympy="Eq", onnx="Equal", latex="="),
    ),
    Operation(
        "ne", 2, np.not_equal, symbol="!=", binding=COMPARISON, operator=operator.ne,
        form="not u == v",
        enclosure=interval.unequal, ball=balls.unequal, cost=(_BRANCH, 1), ulps=0,
        code=Code(sympy="Ne", latex=r"\ne"),
    ),
    Operation(
        "and", 2, np.logical_and, symbol="and", binding=AND, operator=operator.and_,
        enclosure=interval.both, ball=balls.both, cost=(_BRANCH, 1), ulps=0,
        code=Code(sympy="And", onnx="And", latex=r"\land"),
    ),
    Operation(
        "or", 2, np.logical_or, symbol="or", binding=OR, operator=operator.or_,
        enclosure=interval.either, ball=balls.either, cost=(_BRANCH, 1), ulps=0,
        code=Code(sympy="Or", onnx="Or", latex=r"\lor"),
    ),
    Operation(
        "not", 1, np.logical_not, symbol="not", binding=NOT, operator=operator.invert,
        enclosure=interval.opposite, ball=balls.opposite, cost=(_BRANCH, 1), ulps=0,
        code=Code(sympy="Not", onnx="Not", latex=r"\lnot"),
    ),
    Operation(
        "where", 3, np.where, binding=CONDITIONAL, enclosure=interval.choose, ball=balls.choose,
        cost=(_BRANCH, 1), ulps=0,
        code=Code(
            arrays="where", torch="where", onnx="Where",
            sympy="sp.Piecewise(({1}, {0}), ({2}, True))",
            latex=r"\begin{{cases}} {1} & \text{{if }} {0} \\ "
            r"{2} & \text{{otherwise}} \end{{cases}}",
            result="w",
        ),
    ),
    Operation(
        "abs", 1, np.abs, aliases=("absolute", "fabs"),
        definition="u if u >= 0 else -u", operator=operator.abs,
        enclosure=interval.absolute, ball=balls.absolute, cost=(_SIGN, 1), ulps=0, continuous=True,
        code=Code(
            c="fabs", math="abs({0})", arrays="abs", torch="abs", sympy="Abs", js="abs",
            rust="abs", onnx="Abs", latex=r"\left|{0}\right|", result="size",
        ),
    ),
    Operation(
        "min", 2, np.minimum, aliases=("minimum", "fmin"), definition="u if u <= v else v",
        enclosure=interval.smaller, ball=balls.smaller, cost=(_BRANCH, 1), ulps=0, continuous=True,
        code=Code(
            c="lesser", math="min({0}, {1})", arrays="minimum", torch="minimum", sympy="Min",
            js="min", rust="lesser_REAL({0}, {1})", onnx="Min", latex=r"\min", result="u",
        ),
    ),
    Operation(
        "max", 2, np.maximum, aliases=("maximum", "fmax"), definition="u if u >= v else v",
        enclosure=interval.larger, ball=balls.larger, cost=(_BRANCH, 1), ulps=0, continuous=True,
        code=Code(
            c="greater", math="max({0}, {1})", arrays="maximum", torch="maximum", sympy="Max",
            js="max", rust="greater_REAL({0}, {1})", onnx="Max", latex=r"\max", result="u",
        ),
    ),
    Operation(
        "relu", 1, elementary.relu, definition="u if u > 0 else 0", form="max(u, 0)",
        enclosure=interval.relu, ball=balls.relu, cost=(_BRANCH, 1), ulps=0, continuous=True,
        code=Code(sympy="sp.Max({0}, 0)"),
    ),
    Operation(
        "sign", 1, np.sign, aliases=("sgn",), definition="1 if u > 0 else (-1 if u < 0 else 0)",
        form="1 if u > 0 else (-1 if u < 0 else u)",  # a NaN comes out as one
        enclosure=interval.sign, ball=balls.sign, cost=(_BRANCH * 2, 2), ulps=0,
        code=Code(arrays="sign", sympy="sign", js="sign", latex=r"\operatorname{{sgn}}"),
    ),
    Operation(
        "heaviside", 1, definition="1 if u > 0 else (0 if u < 0 else 0.5)",
        form="0.5*sign(u) + 0.5", code=Code(sympy="sp.Heaviside({0}, sp.S.Half)"),
    ),
    _stepping(
        "floor", steps.floor, np.floor,
        _named(
            "floor", "n", latex=r"\left\lfloor {0} \right\rfloor",
            python="float(math.floor(u)) if abs(u) < math.inf else u",
        ),
    ),
    _stepping(
        "ceil", steps.ceil, np.ceil,
        _named(
            "ceil", "n", latex=r"\left\lceil {0} \right\rceil", sympy="ceiling",
            python="float(math.ceil(u)) if abs(u) < math.inf else u",
        ),
        aliases=("ceiling",),
    ),
    _stepping(
        "round", steps.half_to_even, np.rint,
        _named(
            "round", "n", c="rint", math=None, arrays="rint", sympy=None, js="nearest({0})",
            rust="round_ties_even",
            python="u - math.remainder(u, 1.0) if abs(u) < math.inf else u",
        ),
        definition="floor(u/2 + 1/4) - floor(1/4 - u/2)", aliases=("rint",), parity=-1,
    ),
    _stepping(
        "trunc", steps.trunc, np.trunc,
        _named(
            "trunc", "n", sympy=None, onnx=None,
            python="float(math.trunc(u)) if abs(u) < math.inf else u",
        ),
        definition="floor(u) if u >= 0 else ceil(u)", aliases=("fix",), parity=-1,
    ),
    Operation(  # of the sign of v; by a power of two it is cheap, see `stable.by_floor`
        "mod", 2, np.mod, definition="u - v*floor(u/v)", cost=(_CALL, 650), ulps=0.5,
        code=Code(
            c="modulo", arrays="mod", torch="remainder", sympy="Mod", js="modulo({0}, {1})",
            rust="modulo_REAL({0}, {1})", result="r",
        ),
    ),
    Operation(
        "clip", 3, elementary.clip, aliases=("clamp",),
        definition="w if u >= w else (w if v >= w else (u if u >= v else v))",
        form="min(max(u, v), w)", enclosure=interval.clip, ball=balls.clip, ulps=0, continuous=True,
        code=Code(numpy="clip", sympy="sp.Min(sp.Max({0}, {1}), {2})", result="u"),
    ),
    Operation(
        "sqrt", 1, np.sqrt, ("1/(2*sqrt(u))",), definition="u^0.5", root="u", at_zero=0,
        enclosure=interval.increasing_from(np.sqrt, 0.0), ball=balls.sqrt,
        analytic=complex_balls.sqrt, taylor=balls.sqrt, cost=(_ROOT, 7), ulps=0.5,
        code=_named(
            "sqrt", "root", latex=r"\sqrt{{{0}}}",
            python="math.sqrt(u) if u >= 0.0 else math.nan",
        ),
    ),
    Operation("square", 1, definition="u^2"),
    Operation("cube", 1, definition="u^3"),
    Operation("rsqrt", 1, definition="1/sqrt(u)", code=Code(torch="rsqrt")),
    Operation(
        "cbrt", 1, np.cbrt, definition="sign(u)*abs(u)^(1/3)", continuous=True,
        enclosure=interval.increasing(np.cbrt), ball=balls.cbrt,
        cost=(_CALL, 70),
        code=_named(
            "cbrt", "root", torch=None, sympy=None, onnx=None, latex=r"\sqrt[3]{{{0}}}"
        ),
        parity=-1,
    ),
    Operation(
        "hypot", 2, np.hypot, ("u/hypot(u, v)", "v/hypot(u, v)"), definition="sqrt(u^2 + v^2)",
        cost=(_CALL, 25), code=_named("hypot", "root", torch=None, sympy=None, onnx=None),
    ),
    Operation(
        "exp", 1, np.exp, ("exp(u)",), at_zero=1, positive=True,
        enclosure=interval.increasing(np.exp, 0.0),
        series=_method("exp"), ball=balls.exp, analytic=complex_balls.entire("exp"),
        taylor=balls.exp, cost=(_CALL, 24),
        code=_named(
            "exp", "ex", latex=r"\exp",
            python="math.exp(u) if u < 709.782712893384 or u != u else math.inf",
        ),
    ),
    Operation(
        "expm1", 1, np.expm1, ("exp(u)",), definition="exp(u) - 1", guard=NOWHERE, at_zero=0,
        enclosure=interval.increasing(np.expm1, -1.0), ball=balls.method("expm1"),
        analytic=complex_balls.entire("expm1"), cost=(_CALL, 50),
        code=_named(
            "expm1", "em", sympy=None, onnx=None, rust="exp_m1",
            python="math.expm1(u) if u < 709.782712893384 or u != u else math.inf",
        ),
    ),
    Operation(
        "log", 1, np.log, ("1/u",), root="u", aliases=("ln",),
        enclosure=interval.increasing_from(np.log, 0.0), series=_method("log"),
        ball=balls.method("log"), analytic=complex_balls.log, taylor=balls.method("log"),
        cost=(_CALL, 25),
        code=_named(
            "log", "lg", latex=r"\log", rust="ln",
            python="math.log(u) if u > 0.0 else (-math.inf if u == 0.0 else math.nan)",
        ),
    ),
    Operation(
        "log1p", 1, np.log1p, ("1/(1 + u)",), definition="log(1 + u)", root="1 + u", at_zero=0,
        enclosure=interval.increasing_from(np.log1p, -1.0), ball=balls.method("log1p"),
        analytic=complex_balls.log1p, cost=(_CALL, 35),
        code=_named(
            "log1p", "lg", sympy=None, onnx=None, rust="ln_1p",
            python="math.log1p(u) if u > -1.0 else (-math.inf if u == -1.0 else math.nan)",
        ),
    ),
    Operation(
        "exp2", 1, np.exp2, ("log(2)*exp2(u)",), definition="2^u", guard=NOWHERE, at_zero=1,
        positive=True, cost=(_CALL, 25),
        code=_named(
            "exp2", "ex", sympy=None, js=None, onnx=None,
            python="math.exp2(u) if u < 1024.0 or u != u else math.inf", latex="2^{{{0}}}",
        ),
    ),
    Operation(
        "log2", 1, np.log2, ("1/(log(2)*u)",), definition="log(u)/log(2)", root="u",
        cost=(_CALL, 25),
        code=_named(
            "log2", "lg", sympy=None, onnx=None, latex=r"\log_2",
            python="math.log2(u) if u > 0.0 else (-math.inf if u == 0.0 else math.nan)",
        ),
    ),
    Operation(
        "log10", 1, np.log10, ("1/(log(10)*u)",), definition="log(u)/log(10)", root="u",
        cost=(_CALL, 33),
        code=_named(
            "log10", "lg", sympy=None, onnx=None, latex=r"\log_{{10}}",
            python="math.log10(u) if u > 0.0 else (-math.inf if u == 0.0 else math.nan)",
        ),
    ),
    Operation(
        "logb", 2, definition="log(u)/log(v)",
        code=Code(result="lg"),
    ),
    Operation(
        "sin", 1, np.sin, ("cos(u)",), at_zero=0, enclosure=interval.sin, series=_method("sin"),
        ball=balls.method("sin"), analytic=complex_balls.entire("sin"), taylor=balls.method("sin"),
        cost=(_CALL, 24),
        code=_named(
            "sin", "c", latex=r"\sin", python="math.sin(u) if abs(u) < math.inf else math.nan"
        ),
        parity=-1,
    ),
    Operation(
        "cos", 1, np.cos, ("-sin(u)",), at_zero=1, enclosure=interval.cos, series=_method("cos"),
        ball=balls.method("cos"), analytic=complex_balls.entire("cos"), taylor=balls.method("cos"),
        cost=(_CALL, 26),
        code=_named(
            "cos", "c", latex=r"\cos", python="math.cos(u) if abs(u) < math.inf else math.nan"
        ),
        parity=1,
    ),
    Operation(
        "tan", 1, np.tan, ("1 + tan(u)^2",), definition="sin(u)/cos(u)", at_zero=0,
        cost=(_CALL, 29),
        code=_named(
            "tan", "c", latex=r"\tan", python="math.tan(u) if abs(u) < math.inf else math.nan"
        ),
        parity=-1,
    ),
    Operation(
        "sinc", 1, definition="sin(u)/u if u != 0 else 1", continuous=True, code=Code(result="c"),
    ),
    Operation(
        "tanh", 1, np.tanh, ("sech(u)^2",), definition="1 - 2/(exp(2*u) + 1)", guard=NOWHERE,
        at_zero=0, enclosure=interval.increasing(np.tanh, -1.0, 1.0), ball=balls.monotone("tanh"),
        analytic=complex_balls.tanh, cost=(_CALL, 50), code=_named("tanh", "th", latex=r"\tanh"),
    ),
    Operation(
        "sinh", 1, np.sinh, ("cosh(u)",), definition="(exp(u) - exp(-u))/2", guard=NOWHERE,
        at_zero=0, enclosure=interval.increasing(np.sinh), ball=balls.monotone("sinh"),
        analytic=complex_balls.entire("sinh"), cost=(_CALL, 26),
        code=_named(
            "sinh", "sh", latex=r"\sinh",
            python="math.sinh(u) if abs(u) < 710.0 or u != u else u * math.inf",
        ),
        parity=-1,
    ),
    Operation(
        "cosh", 1, np.cosh, ("sinh(u)",), definition="(exp(u) + exp(-u))/2", guard=NOWHERE,
        at_zero=1, positive=True, enclosure=interval.cosh, ball=balls.cosh,
        analytic=complex_balls.entire("cosh"), cost=(_CALL, 26),
        code=_named(
            "cosh", "ch", latex=r"\cosh",
            python="math.cosh(u) if abs(u) < 710.0 or u != u else math.inf",
        ),
        parity=1,
    ),
    Operation(  # 1/cosh(u), whose derivatives do not overflow to inf/inf
        "sech", 1, elementary.sech, ("-sech(u)*tanh(u)",), definition="2/(exp(u) + exp(-u))",
        form="1/cosh(u)", guard=NOWHERE, at_zero=1, positive=True, enclosure=interval.sech,
        ball=balls.sech, analytic=complex_balls.sech, code=Code(sympy="sech", result="sh"),
    ),
    Operation(
        "coth", 1, derivative=("-1/sinh(u)^2",), definition="1/tanh(u)", guard="u",
        code=Code(sympy="coth", latex=r"\coth", result="c"),
    ),
    Operation(
        "atan", 1, np.arctan, ("1/(1 + u^2)",), at_zero=0, aliases=("arctan",),
        enclosure=interval.increasing(np.arctan), far=_atan_far, ball=balls.monotone("atan"),
        analytic=complex_balls.atan, taylor=balls.method("atan"), cost=(_CALL, 24),
        code=_named("atan", "c", arrays="arctan", latex=r"\arctan"),
        parity=-1,
    ),
    Operation(
        "asin", 1, np.arcsin, ("1/sqrt((1 - u)*(1 + u))",), aliases=("arcsin",), at_zero=0,
        definition="2*atan(u/(1 + sqrt((1 - u)*(1 + u))))", root="(1 - u)*(1 + u)",
        enclosure=interval.increasing_from(np.arcsin, -1.0, 1.0), ball=balls.monotone("asin"),
        cost=(_CALL, 30),
        code=_named(
            "asin", "c", arrays="arcsin", latex=r"\arcsin",
            python="math.asin(u) if abs(u) <= 1.0 else math.nan",
        ),
        parity=-1,
    ),
    Operation(
        "acos", 1, np.arccos, ("-1/sqrt((1 - u)*(1 + u))",), aliases=("arccos",),
        definition="pi/2 - asin(u)", root="(1 - u)*(1 + u)",
        enclosure=interval.decreasing(
            interval.increasing_from(lambda u: np.arccos(-u), -1.0, 1.0)
        ),
        ball=balls.monotone("acos"), cost=(_CALL, 32),
        code=_named(
            "acos", "c", arrays="arccos", latex=r"\arccos",
            python="math.acos(u) if abs(u) <= 1.0 else math.nan",
        ),
    ),
    Operation(
        "asinh", 1, np.arcsinh, ("1/hypot(u, 1)",), aliases=("arcsinh",),
        definition="log(u + sqrt(u^2 + 1))", guard=NOWHERE, at_zero=0,
        enclosure=interval.increasing(np.arcsinh), ball=balls.monotone("asinh"), cost=(_CALL, 105),
        code=_named("asinh", "c", arrays="arcsinh"),
        parity=-1,
    ),
    Operation(
        "acosh", 1, np.arccosh, ("1/(sqrt(u - 1)*sqrt(u + 1))",), aliases=("arccosh",),
        definition="log(u + sqrt((u - 1)*(u + 1)))", root="u - 1",
        enclosure=interval.increasing_from(np.arccosh, 1.0), ball=balls.monotone("acosh"),
        cost=(_CALL, 75),
        code=_named(
            "acosh", "c", arrays="arccosh",
            python="math.acosh(u) if u >= 1.0 else math.nan",
        ),
    ),
    Operation(
        "atanh", 1, np.arctanh, ("1/((1 - u)*(1 + u))",), aliases=("arctanh",), at_zero=0,
        definition="(log(1 + u) - log(1 - u))/2", root="(1 - u)*(1 + u)",
        enclosure=interval.increasing_from(np.arctanh, -1.0, 1.0), ball=balls.monotone("atanh"),
        cost=(_CALL, 72),
        code=_named(
            "atanh", "c", arrays="arctanh",
            python="math.atanh(u) if abs(u) < 1.0 else "
            "(math.copysign(math.inf, u) if abs(u) == 1.0 else math.nan)",
        ),
        parity=-1,
    ),
    Operation(
        "sigmoid", 1, elementary.sigmoid, ("sigmoid(u)*sigmoid(-u)",), aliases=("expit",),
        definition="1/(1 + exp(-u))", guard=NOWHERE, positive=True, at_zero=Fraction(1, 2),
        enclosure=interval.increasing(elementary.sigmoid, 0.0, 1.0), ball=balls.sigmoid,
        analytic=complex_balls.sigmoid, code=Code(torch="sigmoid", onnx="Sigmoid", result="s"),
    ),
    Operation(
        "softplus", 1, elementary.softplus, ("sigmoid(u)",), definition="log(1 + exp(u))",
        form="max(u, 0) + log1p(exp(-abs(u)))", guard=NOWHERE, positive=True,
        enclosure=interval.increasing(elementary.softplus, 0.0), ball=balls.softplus,
        analytic=complex_balls.softplus, code=Code(result="sp"),
    ),
    Operation(
        "logsigmoid", 1, derivative=("sigmoid(-u)",), aliases=("log_sigmoid",),
        definition="-softplus(-u)",
    ),
    Operation("mish_gate", 1, definition="tanh(softplus(u))"),  # kernels compute these in one
    Operation(
        "times_sigmoid", 2, elementary.times(elementary.sigmoid), definition="u*sigmoid(v)"
    ),
    Operation(
        "times_mish_gate", 2, elementary.times(lambda v: np.tanh(elementary.softplus(v))),
        definition="u*tanh(softplus(v))",
    ),
    Operation("softsign", 1, definition="u/(1 + abs(u))", continuous=True),
    Operation(
        "logaddexp", 2, np.logaddexp, ("sigmoid(u - v)", "sigmoid(v - u)"),
        definition="v + softplus(u - v)", form="max(u, v) + log1p(exp(-abs(u - v)))",
        guard=NOWHERE, code=Code(arrays="logaddexp"),
    ),
    Operation(
        "erf", 1, elementary.erf, ("2/sqrt(pi)*exp(-u^2)",), at_zero=0,
        enclosure=interval.increasing(elementary.erf, -1.0, 1.0), far=_method("erf_at_infinity"),
        ball=balls.monotone("erf"), analytic=complex_balls.entire("erf"),
        taylor=balls.method("erf"), cost=(_CALL, 42),
        code=_named("erf", "er", arrays=None, special="erf", js="erf({0})", rust="erf_REAL({0})"),
        parity=-1,
    ),
    Operation(
        "erfc", 1, elementary.erfc, ("-2/sqrt(pi)*exp(-u^2)",), form="1 - erf(u)", at_zero=1,
        positive=True,
        far=lambda a, u, square: a.sub(constant(1), a.erf_at_infinity(u, square)),
        enclosure=interval.erfc, ball=balls.monotone("erfc"), analytic=complex_balls.entire("erfc"),
        taylor=balls.method("erfc"), cost=(_CALL, 50),
        code=_named(
            "erfc", "er", arrays=None, special="erfc", js="erfc({0})", rust="erfc_REAL({0})",
            onnx=None,
        ),
    ),
    Operation(
        "normpdf", 1, elementary.normpdf, ("-u*normpdf(u)",),
        definition="exp(-u^2/2)/sqrt(2*pi)", guard=NOWHERE, positive=True,
    ),
    Operation(
        "normcdf", 1, elementary.normcdf, ("normpdf(u)",), aliases=("ndtr",),
        definition="erfc(-u/sqrt(2))/2", guard=NOWHERE, positive=True, at_zero=Fraction(1, 2),
    ),
    Operation(
        "times_normcdf", 2, elementary.times(elementary.normcdf), definition="u*normcdf(v)"
    ),
    Operation(  # u is a table (`actx.arithmetic.tables`), v its argument
        # cost: of one with knots a power of two apart, see `actx.calculus.cost`
        LOOKUP, 2, lambda table, v: table(v), symbol="{}", breaks=True,
        enclosure=lambda table, v: table.enclosure(v), ball=lambda table, v: table.ball(v),
        cost=(Counts(adds=3, multiplies=3, branches=3, loads=2), 47), code=Code(result="y"),
    ),
    Operation(  # without cancellation where u is negative; see `stable`
        "root_sum", 2, elementary.root_sum,
        ("root_sum(u, v)/sqrt(u^2 + v)", "0.5/sqrt(u^2 + v)"),
        definition="u + sqrt(u^2 + v)", form="2*max(u, 0) + v/(abs(u) + sqrt(u*u + v))",
        root="u^2 + v", enclosure=interval.root_sum, ball=balls.root_sum,
        analytic=complex_balls.root_sum,
        code=Code(latex=r"\left({0} + \sqrt{{\left({0}\right)^2 + {1}}}\right)"),
    ),
)  # fmt: skip
for _row in _ROWS:
    add(_row)


COMPARISONS: Mapping[str, Operation] = {str(o.symbol): o for o in _ROWS if o.binding == COMPARISON}
CONDITIONS = frozenset(o.name for o in _ROWS if o.is_condition)

# Short forms that are written out when read; f, g ... are the arguments in order.
SHORT_FORMS: Mapping[str, tuple[int, str]] = {
    "lerp": (3, "(1 - w)*u + w*v"),
    "pow": (2, "u^v"),
    "power": (2, "u^v"),
    "where": (3, ""),  # written as `v if u else w`, see syntax
    "diff": (1, ""),  # the derivative, see grammar
}
RESERVED = frozenset({"x", "inf", "nan", "infinity", *CONSTANTS, *KEYWORDS, *SHORT_FORMS})
