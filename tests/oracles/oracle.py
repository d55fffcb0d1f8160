"""Formula trees evaluated with mpmath: the truth that the tests compare with.

Each operation is written here once more, from its definition; nothing of it comes from actx but
the tree itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpmath import mp

from actx.language.tree import Node, as_fraction, walk

DIGITS = 50

_REAL: dict[str, Callable[..., Any]] = {
    "add": lambda u, v: u + v,
    "sub": lambda u, v: u - v,
    "mul": lambda u, v: u * v,
    "div": lambda u, v: u / v,
    "neg": lambda u: -u,
    "pow": lambda u, v: u**v,
    "abs": abs,
    "min": min,
    "max": max,
    "clip": lambda u, lo, hi: min(max(u, lo), hi),
    "sign": mp.sign,
    "relu": lambda u: max(u, mp.mpf(0)),
    "floor": mp.floor,
    "ceil": mp.ceil,
    "round": mp.nint,  # half to even
    "trunc": lambda u: mp.sign(u) * mp.floor(abs(u)),
    "mod": lambda u, v: u - v * mp.floor(u / v),
    "sqrt": lambda u: mp.sqrt(u),
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": lambda u: mp.log(u),
    "log1p": mp.log1p,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "exp2": lambda u: mp.mpf(2) ** u,
    "log2": lambda u: mp.log(u, 2),
    "log10": mp.log10,
    "logb": mp.log,
    "cbrt": lambda u: mp.sign(u) * mp.cbrt(abs(u)),
    "hypot": mp.hypot,
    "logaddexp": lambda u, v: max(u, v) + mp.log1p(mp.exp(-abs(u - v))),
    "sinc": mp.sinc,
    "coth": mp.coth,
    "mish_gate": lambda u: mp.tanh(mp.log1p(mp.exp(u))),
    "times_mish_gate": lambda u, v: u * mp.tanh(mp.log1p(mp.exp(v))),
    "times_normcdf": lambda u, v: u * mp.erfc(-v / mp.sqrt(2)) / 2,
    "times_sigmoid": lambda u, v: u / (1 + mp.exp(-v)),
    "softsign": lambda u: u / (1 + abs(u)),
    "logsigmoid": lambda u: -mp.log1p(mp.exp(-u)),
    "square": lambda u: u * u,
    "cube": lambda u: u * u * u,
    "rsqrt": lambda u: 1 / mp.sqrt(u),
    "heaviside": lambda u: (1 + mp.sign(u)) / 2,
    "normcdf": lambda u: mp.erfc(-u / mp.sqrt(2)) / 2,
    "normpdf": lambda u: mp.exp(-u * u / 2) / mp.sqrt(2 * mp.pi),
    "tanh": mp.tanh,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "sech": mp.sech,
    "atan": mp.atan,
    "sigmoid": lambda u: 1 / (1 + mp.exp(-u)),
    "softplus": lambda u: mp.log1p(mp.exp(u)),
    "erf": lambda u: mp.sign(u) if u * u > 2.4 * mp.dps else mp.erf(u),
    "erfc": mp.erfc,
    "root_sum": lambda u, v: u + mp.sqrt(u * u + v),
    "lt": lambda u, v: u < v,
    "le": lambda u, v: u <= v,
    "gt": lambda u, v: u > v,
    "ge": lambda u, v: u >= v,
    "eq": lambda u, v: u == v,
    "ne": lambda u, v: u != v,
    "and": lambda u, v: bool(u) and bool(v),
    "or": lambda u, v: bool(u) or bool(v),
    "not": lambda u: not u,
    "where": lambda c, u, v: u if c else v,
    "lookup": lambda table, u: row_by_row(table, u),
}
OPERATIONS = frozenset(_REAL)


def value(tree: Node, x: Any, **parameters: Any) -> Any:
    """The value at x (an mpmath number, or what mpmath makes one of) at the working precision."""
    done: dict[Node, Any] = {}
    for current in walk(tree):
        if current.op == "number":
            fraction = as_fraction(current)
            done[current] = mp.mpf(fraction.numerator) / fraction.denominator
        elif current.op == "constant":
            done[current] = {"pi": mp.pi, "e": mp.e}[str(current.value)] + mp.mpf(0)
        elif current.op == "table":
            done[current] = current.value
        elif current.op == "x":
            done[current] = mp.mpf(x) if not isinstance(x, mp.mpc) else x
        elif current.op == "parameter":
            done[current] = mp.mpf(parameters[str(current.value)])
        else:
            done[current] = _REAL[current.op](*(done[a] for a in current.args))
    return done[tree]


def row_by_row(table: Any, u: Any) -> Any:
    """A piecewise polynomial by going through its knots from the left."""
    exact = [mp.mpf(k.numerator) / k.denominator for k in table.knots]
    at = u.real if isinstance(u, mp.mpc) else u
    row = sum(k <= at for k in exact)
    t = u - exact[max(0, row - 1)]
    terms = (mp.mpf(c.numerator) / c.denominator * t**n for n, c in enumerate(table.rows[row]))
    return mp.fsum(terms)


def derivatives(tree: Node, x: Any, order: int) -> list[Any]:
    """Value and derivatives up to `order` at x, by mpmath's Taylor coefficients."""
    coefficients = mp.taylor(lambda t: value(tree, t), mp.mpf(x), order)
    return [c * mp.factorial(k) for k, c in enumerate(coefficients)]
