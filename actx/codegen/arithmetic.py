"""The arithmetic that exported code runs in, and how far a form is off in it.

A form is run with each operation rounded (`actx.precision.rounding`) and compared with the exact
function, in units in the last place of the type that the result is kept in, at numbers of that type
(`actx.codegen.places`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from actx.calculus.formula import Formula
from actx.calculus.pieces import pieces
from actx.calculus.values import evaluate
from actx.codegen.places import points, switches
from actx.core.errors import AnalysisError
from actx.language.tree import Node, node
from actx.precision.exact import Exact
from actx.precision.number_types import NUMBER_TYPES, Doubles, NumberType
from actx.precision.rounding import implementation

FLOAT64 = NumberType("float64", 64, 53, -1022, 1023, np.float64)
TYPES = {**NUMBER_TYPES, FLOAT64.name: FLOAT64}
_OUTER = 20  # the exponent from which on binades are taken together


@dataclass(frozen=True)
class Arithmetic:
    """Operations are computed in one type; x and the result are kept in another, or the same."""

    compute: NumberType
    store: NumberType

    @property
    def name(self) -> str:
        """In words."""
        if self.compute is self.store:
            return self.store.name
        return f"{self.store.name} computed in {self.compute.name}"

    @property
    def exhaustive(self) -> bool:
        """Whether all numbers are tried."""
        return self.store.bits <= 16


def arithmetic(store: str, compute: str | None = None) -> Arithmetic:
    """The arithmetic of type names."""
    return Arithmetic(TYPES[compute or store], TYPES[store])


@dataclass(frozen=True)
class Inaccuracy:
    """The largest error of code against the exact function.

    ulps: in units in the last place of the result's type, or of the larger summand's where the
    function is a sum that cancels. Results at the very end of the range (`faintest`), where what
    they are made of is subnormal, which many machines flush to 0, count apart: `faint` is their
    error in units of the smallest number there is. x: where ulps is reached; tried: at how many
    numbers; exhaustive: whether these are all. of_summand: whether the larger summand's unit made
    it less. arithmetic: in words.
    """

    arithmetic: str
    ulps: float
    faint: float
    x: float
    tried: int
    exhaustive: bool
    of_summand: bool = False


def is_known(tree: Node) -> bool:
    """Whether a function can be taken apart, so that its exact values are known everywhere."""
    try:
        return bool(pieces(tree).pieces)
    except AnalysisError:
        return False


@lru_cache(maxsize=64)
def truth(tree: Node, kept: NumberType, fine: bool = False) -> Doubles:
    """The exact function at `points`, or as float64 computes it; NaN where it has no value."""
    x = points(kept, fine)
    return np.concatenate([_values(tree, kept, x[:-2]), Formula("", tree)(x[-2:])])


def _values(tree: Node, kept: NumberType, x: Doubles) -> Doubles:
    """The same at finite numbers, which ascend."""
    if not is_known(tree):
        return Formula("", tree)(x)
    with np.errstate(all="ignore"):
        return _exact(tree, kept).careful(x)[0]


@lru_cache(maxsize=64)
def _exact(tree: Node, kept: NumberType) -> Exact:
    return Exact(tree, pieces(tree), kept)


def run(
    form: Node, x: Doubles, how: Arithmetic, given: Mapping[str, Doubles] = MappingProxyType({})
) -> Doubles:
    """The values of a form with every operation rounded; given: those of its parameters, if any."""
    with np.errstate(all="ignore"):
        inputs = [how.compute.round(how.store.round(x)), *map(how.compute.round, given.values())]
        result = implementation(form, how.compute, tuple(given))(*inputs)[0]
        wide = np.asarray(result, dtype=np.float64)
        shape = np.broadcast_shapes(x.shape, *(values.shape for values in given.values()))
        return np.broadcast_to(np.asarray(how.store.round(wide), dtype=np.float64), shape)


def ulps(values: Doubles, exact: Doubles, kept: NumberType) -> Doubles:
    """The errors in units in the last place; 0 where the exact value is not known.

    Infinite where a value is not a number or infinite and the exact one is neither.
    """
    with np.errstate(all="ignore"):
        edge = np.where(np.isfinite(exact), np.clip(exact, -kept.largest, kept.largest), 0.0)
        error = np.abs(values - exact) / kept.ulp(edge)
    rounded = np.asarray(kept.round(exact), dtype=np.float64)
    same = np.isnan(exact) | (values == rounded)
    return np.where(same, np.where(np.isfinite(exact) & np.isfinite(values), error, 0.0),
                    np.where(np.isnan(error), np.inf, error))  # fmt: skip


@dataclass(frozen=True)
class Errors:
    """The errors of a form, as `Inaccuracy` has them; `ulps` is 0 at faint results.

    x: `points`, and behind them `switches` numbers about the places where the form switches.
    """

    how: Arithmetic
    ulps: Doubles
    faint: float
    x: Doubles
    switches: int
    of_summand: bool

    @property
    def worst(self) -> Inaccuracy:
        """The largest of them."""
        place = int(self.ulps.argmax())
        return Inaccuracy(
            self.how.name,
            float(self.ulps[place]),
            self.faint,
            float(self.x[place]),
            self.x.size - 2,
            self.how.exhaustive,
            self.of_summand,
        )

    @property
    def profile(self) -> Doubles:
        """The largest error in each binade of x of either sign, the outermost taken together, and
        last that where the form switches, which may be near a zero of the function."""
        count = self.x.size - self.switches
        x, found = self.x[:count], self.ulps[:count]
        exponent = np.where(np.isinf(x), _OUTER, np.frexp(x)[1])
        binade = np.clip(exponent, -_OUTER, _OUTER) + _OUTER
        most = np.zeros((2, 2 * _OUTER + 1))
        np.maximum.at(most, ((x > 0).astype(int), binade), found)
        return np.append(most, self.ulps[count:].max(initial=0.0))


def errors_of(form: Node, exact_tree: Node, how: Arithmetic, *, fine: bool = False) -> Errors:
    """How far a form is off the exact function."""
    kept = how.store
    more = switches(form, kept, lambda tree, x: run(tree, x, how))
    x = np.concatenate([points(kept, fine), more])
    exact = np.concatenate([truth(exact_tree, kept, fine), _values(exact_tree, kept, more)])
    values = run(form, x, how)
    found = ulps(values, exact, kept)
    smallest = faintest(kept)
    faint = (np.abs(exact) < smallest) & (np.abs(values) <= smallest)
    unit = kept.ulp(np.where(faint, 0.0, np.nan_to_num(exact)))
    with np.errstate(all="ignore"):
        normal = np.where(faint, 0.0, found * (unit / _scale(exact_tree, kept, x, exact)))
    of_summand = bool(found[~faint].max(initial=0.0) > normal.max())
    most = float(found[faint].max(initial=0.0))
    return Errors(how, normal, most, x, more.size, of_summand)


def faintest(kept: NumberType) -> float:
    """The results below which errors count apart.

    The smallest normal number; 2^10 times as much in a type that has exponents to spare.
    """
    return 2.0 ** (kept.emin + (10 if kept.emin < -100 else 0))


def _scale(tree: Node, kept: NumberType, x: Doubles, exact: Doubles) -> Doubles:
    """The unit in the last place of the function's values, or of the larger summand's, at x."""
    size = np.abs(np.nan_to_num(exact, posinf=kept.largest, neginf=kept.largest))
    summand = _larger_summand(tree)
    if summand is not None:
        larger = np.abs(evaluate(summand, x))
        size = np.maximum(size, np.where(np.isfinite(larger), larger, 0.0))
    return kept.ulp(np.minimum(size, kept.largest))


def _larger_summand(tree: Node) -> Node | None:
    """A tree for the size of the larger part of a sum, None for what is no sum."""
    if tree.op in ("add", "sub"):
        return node("max", *(node("abs", part) for part in tree.args))
    if tree.op == "mul" and tree.args[0].constant:
        inner = _larger_summand(tree.args[1])
        return None if inner is None else node("mul", tree.args[0], inner)
    return None
