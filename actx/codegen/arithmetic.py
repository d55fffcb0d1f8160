"""The arithmetic that exported code runs in, and how far a form is off in it.

A form is run with each operation rounded (`actx.precision.rounding`) and compared with the exact
function, in units in the last place of the type that the result is kept in. All numbers of a type
of 16 bits are tried; of a wider one a sample of every binade, and a grid where formulas bend.
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
from actx.core.errors import AnalysisError
from actx.language.tree import Node, node
from actx.precision.exact import Exact
from actx.precision.number_types import NUMBER_TYPES, Doubles, NumberType
from actx.precision.rounding import implementation

FLOAT64 = NumberType("float64", 64, 53, -1022, 1023, np.float64)
TYPES = {**NUMBER_TYPES, FLOAT64.name: FLOAT64}
_GRID = 40.0  # half the width of the grid of points near 0
_USUAL = range(-30, 13)  # exponents of numbers that are met with
_OUTER = 20  # the exponent from which on binades are taken together


@dataclass(frozen=True)
class _Sample:
    """How densely a type is tried: points in a binade, every how many of the unusual binades, and
    the distance of points in the grid. Exact values in float64 take long, hence fewer of them.
    """

    in_a_binade: int
    binades: int
    step: float


_SAMPLES = {
    ("float32", False): _Sample(16, 1, 1 / 64),
    ("float32", True): _Sample(128, 1, 1 / 512),
    ("float64", False): _Sample(1, 4, 1 / 16),
    ("float64", True): _Sample(4, 4, 1 / 64),
}


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
    numbers; exhaustive: whether these are all. arithmetic: in words.
    """

    arithmetic: str
    ulps: float
    faint: float
    x: float
    tried: int
    exhaustive: bool


@lru_cache(maxsize=32)
def points(kept: NumberType, fine: bool = False) -> Doubles:
    """The finite numbers that are tried, ascending, then inf and -inf."""
    if kept.bits <= 16:
        sizes = np.asarray(kept.magnitudes(np.arange(kept.patterns)), dtype=np.float64)
        x = np.concatenate([-sizes[::-1], sizes])
    else:
        how = _SAMPLES[kept.name, fine]
        significands = 1 + (np.arange(how.in_a_binade) + 0.37) / how.in_a_binade
        lowest = kept.emin - kept.precision + 1
        exponents = sorted({*range(lowest, kept.emax + 1, how.binades), *_USUAL})
        sizes = np.ldexp(significands, np.array(exponents)[:, None]).ravel()
        grid = np.arange(0, _GRID + how.step, how.step)
        sizes = np.unique(np.concatenate([sizes, grid, 20 * grid, [kept.largest]]))
        x = np.concatenate([-sizes[::-1], sizes])
        x = np.asarray(kept.round(x), dtype=np.float64)
    return np.concatenate([x[np.isfinite(x)], [np.inf, -np.inf]])


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
    formula = Formula("", tree)
    if not is_known(tree):
        return formula(x)
    exact = Exact(tree, pieces(tree), kept)
    with np.errstate(all="ignore"):
        return np.concatenate([exact.careful(x[:-2])[0], formula(x[-2:])])


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
    """The errors of a form at `points`, as `Inaccuracy` has them; `ulps` is 0 at faint results."""

    how: Arithmetic
    ulps: Doubles
    faint: float
    x: Doubles

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
        )

    @property
    def by_binade(self) -> Doubles:
        """The largest error in each binade of x of either sign, the outermost taken together."""
        exponent = np.where(np.isinf(self.x), _OUTER, np.frexp(self.x)[1])
        binade = np.clip(exponent, -_OUTER, _OUTER) + _OUTER
        most = np.zeros((2, 2 * _OUTER + 1))
        np.maximum.at(most, ((self.x > 0).astype(int), binade), self.ulps)
        return most


def errors_of(form: Node, exact_tree: Node, how: Arithmetic, *, fine: bool = False) -> Errors:
    """How far a form is off the exact function."""
    kept = how.store
    x, exact = points(kept, fine), truth(exact_tree, kept, fine)
    values = run(form, x, how)
    found = ulps(values, exact, kept)
    smallest = faintest(kept)
    faint = (np.abs(exact) < smallest) & (np.abs(values) <= smallest)
    unit = kept.ulp(np.where(faint, 0.0, np.nan_to_num(exact)))
    with np.errstate(all="ignore"):
        normal = np.where(faint, 0.0, found * (unit / _scale(exact_tree, kept, fine)))
    return Errors(how, normal, float(found[faint].max(initial=0.0)), x)


def faintest(kept: NumberType) -> float:
    """The results below which errors count apart.

    The smallest normal number; 2^10 times as much in a type that has exponents to spare.
    """
    return 2.0 ** (kept.emin + (10 if kept.emin < -100 else 0))


@lru_cache(maxsize=64)
def _scale(tree: Node, kept: NumberType, fine: bool) -> Doubles:
    """The unit in the last place of the function or of the larger summand, at `points`."""
    exact = np.abs(np.nan_to_num(truth(tree, kept, fine), posinf=kept.largest, neginf=kept.largest))
    summand = _larger_summand(tree)
    if summand is not None:
        size = np.abs(evaluate(summand, points(kept, fine)))
        exact = np.maximum(exact, np.where(np.isfinite(size), size, 0.0))
    return kept.ulp(np.minimum(exact, kept.largest))


def _larger_summand(tree: Node) -> Node | None:
    """A tree for the size of the larger part of a sum, None for what is no sum."""
    if tree.op in ("add", "sub"):
        return node("max", *(node("abs", part) for part in tree.args))
    if tree.op == "mul" and tree.args[0].constant:
        inner = _larger_summand(tree.args[1])
        return None if inner is None else node("mul", tree.args[0], inner)
    return None
