"""Numbers passed between mpmath and arb without a rounding that is not accounted for."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq, fmpz
from mpmath import mp

from actx.language.tree import CONSTANT, NUMBER, VARIABLE, Node
from actx.language.tree import as_fraction as number_of

DIGITS = 60


def reference_ball(value: Any) -> Any:
    """The ball that an mpmath number of 60 digits stands for: it with its last digits open."""
    with ctx.workprec(400):
        if not mp.isfinite(value):
            return arb("nan") if mp.isnan(value) else arb("inf" if value > 0 else "-inf")
        sign, mantissa, exponent, _ = mp.mpf(value)._mpf_
        ball = arb(fmpz(int(mantissa))) * arb(2) ** arb(int(exponent))
        ball = -ball if sign else ball
        return ball * arb(1, 1e-54)


def to_mp(value: Fraction | float) -> Any:
    """A number for mpmath, exact for floats and within 60 digits for fractions."""
    if isinstance(value, Fraction):
        return mp.mpf(value.numerator) / value.denominator
    return mp.mpf(value)


def to_arb(value: Fraction | float) -> Any:
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return arb(value)


def as_fraction(ball: Any) -> Fraction:
    """The exact value of an arb without a radius."""
    mantissa, exponent = ball.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def ends(ball: Any) -> tuple[Fraction, Fraction]:
    """The exact ends of a finite ball."""
    middle, radius = as_fraction(ball.mid()), as_fraction(ball.rad())
    return middle - radius, middle + radius


# --- operations and trees in mpmath, NaN where they are undefined ---


def power(u: Any, v: Any) -> Any:
    if v == int(v):
        return mp.mpf(1) if v == 0 else u ** int(v) if u or v > 0 else mp.nan
    if u < 0 or (u == 0 and v < 0):
        return mp.nan
    return u**v


def _domain(valid: Callable[[Any], bool], function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda u: function(u) if valid(u) else mp.nan


def _root_sum(u: Any, v: Any) -> Any:
    inside = u * u + v
    if inside < 0:
        return mp.nan
    return v / (mp.sqrt(inside) - u) if u < 0 else u + mp.sqrt(inside)


def _clip(u: Any, v: Any, w: Any) -> Any:
    return min(max(u, v), w)


_HUGE = 10**7  # exp of more takes mpmath too long


def _growing(function: Callable[[Any], Any], odd: bool = True) -> Callable[[Any], Any]:
    """A function that grows like exp on the right, and there is too large to compute far out."""

    def guarded(u: Any) -> Any:
        if abs(u) <= _HUGE:
            return function(u)
        return mp.inf if u > 0 else -mp.inf if odd else mp.inf

    return guarded


def _exp(u: Any) -> Any:
    return mp.exp(u) if abs(u) <= _HUGE else mp.inf if u > 0 else mp.exp(-_HUGE)


# each operation by itself, as mpmath has it; NaN where it is undefined
REFERENCE: dict[str, Callable[..., Any]] = {
    "add": lambda u, v: u + v,
    "sub": lambda u, v: u - v,
    "mul": lambda u, v: u * v,
    "div": lambda u, v: u / v if v else mp.nan,
    "neg": lambda u: -u,
    "pow": power,
    "abs": abs,
    "relu": lambda u: max(u, mp.mpf(0)),
    "sign": mp.sign,
    "cbrt": lambda u: mp.sign(u) * mp.cbrt(abs(u)),
    "min": min,
    "max": max,
    "clip": _clip,
    "floor": _domain(mp.isfinite, mp.floor),
    "ceil": _domain(mp.isfinite, mp.ceil),
    "round": _domain(mp.isfinite, mp.nint),
    "trunc": _domain(mp.isfinite, lambda u: mp.sign(u) * mp.floor(abs(u))),
    "sqrt": _domain(lambda u: u >= 0, mp.sqrt),
    "exp": _exp,
    "expm1": lambda u: mp.expm1(u) if abs(u) <= _HUGE else _exp(u) - 1,
    "log": _domain(lambda u: u > 0, mp.log),
    "log1p": _domain(lambda u: u > -1, mp.log1p),
    "sin": _domain(mp.isfinite, mp.sin),
    "cos": _domain(mp.isfinite, mp.cos),
    "tanh": lambda u: mp.tanh(u) if abs(u) <= _HUGE else mp.sign(u),
    "sinh": _growing(mp.sinh),
    "cosh": _growing(mp.cosh, odd=False),
    "sech": lambda u: mp.sech(u) if abs(u) <= _HUGE else _exp(-abs(u)),
    "atan": mp.atan,
    "asin": _domain(lambda u: abs(u) <= 1, mp.asin),
    "acos": _domain(lambda u: abs(u) <= 1, mp.acos),
    "asinh": mp.asinh,
    "acosh": _domain(lambda u: u >= 1, mp.acosh),
    "atanh": _domain(lambda u: abs(u) < 1, mp.atanh),
    "sigmoid": lambda u: 1 / (1 + _exp(-u)) if u > -_HUGE else _exp(u),
    "softplus": lambda u: mp.log1p(_exp(u)) if u < _HUGE else u,
    "erf": lambda u: mp.erf(u) if abs(u) <= _HUGE else mp.sign(u),
    "erfc": lambda u: mp.erfc(u) if abs(u) <= _HUGE else _exp(-u) if u > 0 else mp.mpf(2),
    "root_sum": _root_sum,
    "lt": lambda u, v: mp.mpf(u < v),
    "le": lambda u, v: mp.mpf(u <= v),
    "gt": lambda u, v: mp.mpf(u > v),
    "ge": lambda u, v: mp.mpf(u >= v),
    "eq": lambda u, v: mp.mpf(u == v),
    "ne": lambda u, v: mp.mpf(u != v),
}

# operations that are defined through others, the same
_DEFINED: dict[str, Callable[..., Any]] = {
    "tan": _domain(mp.isfinite, mp.tan),
    "coth": lambda u: (1 / mp.tanh(u) if abs(u) <= _HUGE else mp.sign(u)) if u else mp.nan,
    "sinc": lambda u: mp.sin(u) / u if u else mp.mpf(1),
    "exp2": lambda u: _exp(u * mp.log(2)),
    "log2": _domain(lambda u: u > 0, lambda u: mp.log(u) / mp.log(2)),
    "log10": _domain(lambda u: u > 0, mp.log10),
    "logb": lambda u, v: mp.log(u) / mp.log(v) if u > 0 and v > 0 and v != 1 else mp.nan,
    "hypot": mp.hypot,
    "mish_gate": lambda u: mp.tanh(mp.log1p(_exp(u))) if u < 1000 else mp.mpf(1),
    "times_mish_gate": lambda u, v: u * mp.tanh(mp.log1p(_exp(v))) if v < 1000 else u,
    "times_normcdf": lambda u, v: u * mp.erfc(-v / mp.sqrt(2)) / 2,
    "times_sigmoid": lambda u, v: u / (1 + _exp(-v)),
    "softsign": lambda u: u / (1 + abs(u)),
    "logsigmoid": lambda u: -mp.log1p(_exp(-u)) if u > -_HUGE else u,
    "logaddexp": lambda u, v: max(u, v) + mp.log1p(_exp(-abs(u - v))),
    "square": lambda u: u * u,
    "cube": lambda u: u**3,
    "rsqrt": _domain(lambda u: u > 0, lambda u: 1 / mp.sqrt(u)),
    "heaviside": lambda u: (mp.sign(u) + 1) / 2,
    "normpdf": lambda u: mp.npdf(u) if abs(u) <= _HUGE else _exp(-abs(u)),
    "normcdf": lambda u: mp.ncdf(u) if abs(u) <= _HUGE else mp.mpf(u > 0),
}


def mp_value(
    tree: Node, x: Any, parameters: dict[str, Any] | None = None, overflow: Any = mp.nan
) -> Any:
    """A tree at a number of mpmath at its working precision; NaN where the formula is undefined.

    A branch that is not taken may be undefined. overflow: what is given where a number on the way
    is too large, so that the value is not known.
    """
    try:
        return _Evaluation(x, parameters or {}).value(tree)
    except OverflowError:
        return overflow


class _Evaluation:
    def __init__(self, x: Any, parameters: dict[str, Any]) -> None:
        self.x, self.parameters = x, parameters
        self.done: dict[Node, Any] = {}

    def value(self, tree: Node) -> Any:
        if tree not in self.done:
            self.done[tree] = self._of(tree)
        return self.done[tree]

    def _of(self, tree: Node) -> Any:
        if tree.op == NUMBER:
            return to_mp(number_of(tree))
        if tree.op == VARIABLE:
            return self.x
        if tree.op == CONSTANT:
            return mp.pi + 0 if tree.value == "pi" else mp.e + 0
        if not tree.args:
            return self.parameters[str(tree.value)]
        if tree.op == "where":
            condition = self.value(tree.args[0])
            chosen = tree.args[1 if condition else 2]
            return condition if mp.isnan(condition) else self.value(chosen)
        args = [self.value(a) for a in tree.args]
        if any(mp.isnan(a) for a in args):
            return mp.nan
        if any(mp.isinf(a) for a in args):
            raise OverflowError
        if tree.op in ("and", "or", "not"):
            truth = [bool(a) for a in args]
            return mp.mpf({"and": all, "or": any, "not": lambda t: not t[0]}[tree.op](truth))
        return (REFERENCE.get(tree.op) or _DEFINED[tree.op])(*args)
