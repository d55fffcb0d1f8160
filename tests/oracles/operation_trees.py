"""A formula for each operation of the language."""

from __future__ import annotations

import actx
from actx.codegen.forms import prepared
from actx.language.tree import Node, X, node, simplify

OPERATION_FORMULAS = {
    "add": "x + 0.5", "sub": "0.5 - x", "mul": "x*x", "div": "1/(2 + x^2)", "neg": "-x",
    "pow": "(1 + x^2)^1.3", "abs": "abs(x)", "relu": "relu(x)", "sign": "sign(x)",
    "min": "min(1, x)", "max": "max(0.1x, sin(x))", "clip": "clip(x, -1, 2)",
    "sqrt": "sqrt(1 + x^2)",
    "exp": "exp(x)", "expm1": "expm1(x)", "log": "log(2 + x^2)", "log1p": "log1p(x^2)",
    "sin": "sin(x)", "cos": "cos(x)", "tanh": "tanh(x)", "sinh": "sinh(x)", "cosh": "cosh(x)",
    "sech": "1/cosh(x)", "atan": "atan(x)", "sigmoid": "sigmoid(x)", "softplus": "softplus(x)",
    "erf": "erf(x)", "erfc": "erfc(x)", "root_sum": "squareplus(x)", "lt": "1 if x < 1 else 2",
    "le": "x if x <= 1 else 2", "gt": "x if x > 1 else 2x", "ge": "3 if x >= 1 else x",
    "eq": "x if x == 1 else 2", "ne": "x if x != 1 else 2",
    "and": "x if x > -1 and x < 1 else 0", "or": "x if x < -1 or x > 1 else 0.5",
    "tan": "tan(x/4)", "asin": "asin(x/8)", "acos": "acos(x/8)", "asinh": "asinh(x)",
    "acosh": "acosh(x + 9)", "atanh": "atanh(x/8)", "exp2": "exp2(x)", "log2": "log2(x + 9)",
    "log10": "log10(x + 9)", "logb": "logb(x + 9, 3)", "cbrt": "cbrt(x)", "hypot": "hypot(x, 2)",
    "logaddexp": "logaddexp(x, 1)", "sinc": "sinc(x)", "coth": "coth(x + 9)",
    "softsign": "softsign(x)", "mish_gate": "mish_gate(x)",
    "times_mish_gate": "times_mish_gate(x, x)", "times_sigmoid": "times_sigmoid(x, x)",
    "times_normcdf": "times_normcdf(x, x)",
    "logsigmoid": "logsigmoid(x)", "square": "square(x)",
    "cube": "cube(x)", "rsqrt": "rsqrt(x + 9)", "heaviside": "heaviside(x)",
    "normcdf": "normcdf(x)", "normpdf": "normpdf(x)",
    "floor": "floor(x)/4", "ceil": "ceil(2x)", "round": "round(8x)/8", "trunc": "trunc(x) - x",
    "mod": "mod(x, 3)",
    "not": "x if not x > 1 else 2", "where": "where(x < 0, x, 2x)",
}  # fmt: skip


def operation_tree(name: str) -> Node:
    if name == "sech":
        return node("sech", X)
    tree = actx.formula(OPERATION_FORMULAS[name]).bound
    return simplify(tree) if name in ("sub", "neg", "pow") else prepared(tree)
