"""The best table of a formula, and those of several sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from actx.analysis.errors.over_data import data_errors
from actx.api.asking import DomainLike, domain_of
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, read_formulas
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET, Budget
from actx.core.domain import Domain
from actx.core.errors import DomainError, FitError, UsageError
from actx.core.inputs import inputs_of
from actx.core.progress import Progress
from actx.core.samples import Samples
from actx.registry import Registry

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from actx.fitting.tables.ends import Choice
    from actx.fitting.tables.function import Function
    from actx.fitting.tables.results import BestTable, TableSizes
    from actx.language.tree import Node

MOST_DEGREE = 3
DEFAULT_DOMAIN = (-8.0, 8.0)
_MORE = 4  # pieces beside those that samples ask for
_WAYS = ("free", "uniform", "powers")


@alone()
def table(
    formula: str | Formula,
    segments: int | None = None,
    *,
    domain: DomainLike | None = None,
    degree: int = 1,
    knots: str | Path | Sequence[float] = "free",
    smooth: int = 0,
    error: float | None = None,
    left: str = "auto",
    right: str = "auto",
    round: str | None = None,
    grid: str | None = None,
    data: ArrayLike | str | Path | None = None,
    norm: str | None = None,
    budget: float = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
) -> BestTable:
    """The piecewise polynomial with the least largest error on a finite domain, with its proof.

    segments: how many pieces, or error: what they must reach, with as few as can be. degree: 0 to
    3. knots: "free" for the best places, "uniform", "powers" for halves of halves of the domain
    (a shift finds the piece), or the places themselves, as numbers or the path of a file of them
    (`actx.core.inputs`). smooth: -1 for pieces that need not meet, 0 for
    continuous ones, 1 for one slope at the knots. left, right: what holds beyond the domain:
    "constant", "line" (what the function tends to), "none", "auto", or a formula. round: what
    entries must be representable in, as in `fit`; grid: the same for knots. data: inputs as they
    really occur, an array or a file: the domain, where none is given, is where they lie, and the
    errors over them are told. norm: what is made small, "max" for the largest error on the domain
    or "data" for the root mean square over the inputs; where there are data and the number of
    pieces or the knots are given, it is "data". budget: seconds for the proofs.
    Raises UsageError, DomainError, DataError, FitError, and otherwise as `show`.
    """
    from actx.fitting.rounding.grid import grid as grid_of
    from actx.fitting.tables.best import Wanted, best_table, evenly
    from actx.fitting.tables.ends import Choice
    from actx.fitting.tables.entries import halved
    from actx.fitting.tables.function import Function

    inputs = None if data is None else Samples.of(data)
    where = _finite(domain, inputs)
    _check(segments, degree, knots, smooth, error)
    smooth = smooth if degree else -1
    weighed = _weighed(norm, inputs, error is None)
    read = read_formulas([formula], set, registry)[0]
    function = Function(read.bound, where)
    known = isinstance(knots, str) and knots in _WAYS
    inner = None if known else _given(inputs_of(knots).tolist(), function)
    count = segments if inner is None else len(inner) + 1
    if count is None:
        count = function.fewest(degree, smooth >= 0 and degree == 1, error or 0.0)
    if knots == "uniform":
        inner = evenly(function.lo, function.hi, count)
    elif knots == "powers":
        inner = halved(function, function.lo, function.hi, degree, count, function.breaks)
    ends = (_choice(left, Choice, registry), _choice(right, Choice, registry))
    entries, places = (None if text is None else grid_of(text) for text in (round, grid))
    wanted = Wanted(where, count, degree, smooth, inner, ends, entries, places, inputs=weighed)
    made = best_table(read, function, wanted, Budget(budget))
    for more in range(1, _MORE + 1):
        if error is None or made.bound.upper <= error:
            break
        wanted = replace(wanted, segments=count + more)  # samples and rounding may need one more
        made = best_table(read, function, wanted, Budget(budget))
    if error is not None and made.bound.upper > error:
        raise FitError(
            f"With {wanted.segments} pieces the error on the domain is {made.bound.upper:.4g} at "
            f"most, still above {error:g}: entries or knots are rounded too coarsely for it."
        )
    if inputs is None:
        return made
    return replace(made, data=data_errors(made.of_x, read, inputs))


def _weighed(norm: str | None, inputs: Samples | None, possible: bool) -> Samples | None:
    """The inputs that weigh the error, None where its largest size counts. Raises UsageError."""
    if norm not in (None, "max", "data"):
        raise UsageError(f"The norm of a table is max or data; it cannot be {norm[:40]!r}.")
    if norm == "data" and inputs is None:
        raise UsageError("The norm data is over inputs as they occur, which a table then needs.")
    if norm == "data" and not possible:
        raise UsageError(
            "An error to reach is the largest on the domain, which the norm max is of. For the "
            "least rms over inputs give the number of segments, or the knots."
        )
    return inputs if possible and norm != "max" else None


def _finite(domain: DomainLike | None, inputs: Samples | None) -> Domain:
    """The domain that is given, else that of the inputs, else the default. Raises DomainError."""
    if domain is not None or inputs is None:
        given = domain_of(DEFAULT_DOMAIN if domain is None else domain).one_interval("A table")
        if not given.bounded:
            raise DomainError(f"A table needs a finite domain, such as -8:8; {given} is infinite.")
        return given
    lo, hi = float(inputs.values[0]), float(inputs.values[-1])
    if not lo < hi:
        raise DomainError(f"All inputs are {lo:g}: a table needs a domain that is given.")
    return Domain(lo, hi)


def _check(
    segments: int | None,
    degree: int,
    knots: str | Path | Sequence[float],
    smooth: int,
    error: float | None,
) -> None:
    """Raises UsageError for what no table can be."""
    from actx.fitting.tables.function import MOST_PIECES

    given = not (isinstance(knots, str) and knots in _WAYS)
    if (segments is not None) + (error is not None) + given != 1:
        raise UsageError(
            "A table needs one of three: a number of segments, an error to reach, or its knots."
        )
    if segments is not None and not 1 <= segments <= MOST_PIECES:
        raise UsageError(f"A table has 1 to {MOST_PIECES} segments, not {segments}.")
    if error is not None and not 0 < error < math.inf:
        raise UsageError(f"The error to reach is a number above 0, not {error:g}.")
    if knots in ("uniform", "powers") and error is not None:
        raise UsageError(f"With {knots} knots give the number of segments, not an error to reach.")
    if not 0 <= degree <= MOST_DEGREE:
        raise UsageError(f"The degree of a table is 0 to {MOST_DEGREE}, not {degree}.")
    if not -1 <= smooth < max(degree, 1):
        raise UsageError(f"Pieces of degree {degree} cannot be joined with smoothness {smooth}.")


def _given(knots: Sequence[float], function: Function) -> tuple[Fraction, ...]:
    """Knots inside the domain; its own ends may be among them. Raises UsageError."""
    places = [Fraction(repr(float(k))) for k in knots if math.isfinite(k)]
    if len(places) < len(knots):
        raise UsageError("A knot is a finite number.")
    for before, after in pairwise(places):
        if not before < after:
            raise UsageError(
                f"The knots are not in rising order: {float(after):g} comes after "
                f"{float(before):g}."
            )
    for place in places:
        if not function.lo <= place <= function.hi:
            raise UsageError(f"The knot {float(place):g} is outside of {function.domain}.")
    return tuple(k for k in places if function.lo < k < function.hi)


def _choice(text: str, choices: type[Choice], registry: Registry | None) -> Choice | Node:
    """What is asked for beyond an end, or the formula that holds there. Raises UsageError."""
    if text in list(choices):
        return choices(text)
    try:
        return read_formulas([text], None, registry)[0].bound
    except UsageError as error:
        raise UsageError(
            f"What holds beyond a table is {', '.join(choices)} or a formula such as 0 or x; it "
            f"cannot be {text[:60]!r}."
        ) from error


@alone()
def table_sizes(
    formula: str | Formula,
    sizes: Sequence[int],
    *,
    domain: DomainLike | None = None,
    degree: int = 1,
    smooth: int = 0,
    budget: float = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> TableSizes:
    """The best tables of several sizes, on the domain alone; otherwise as `table`.

    budget: seconds for the proofs of each.
    """
    from actx.fitting.tables.best import Wanted, best_table
    from actx.fitting.tables.ends import Choice
    from actx.fitting.tables.function import Function
    from actx.fitting.tables.results import Size, TableSizes

    where = _finite(domain, None)
    smooth = smooth if degree else -1
    for size in sizes:
        _check(size, degree, "free", smooth, None)
    read = read_formulas([formula], set, registry)[0]
    function = Function(read.bound, where)
    found = []
    limit, ends = function.limit(degree), (Choice.NONE, Choice.NONE)
    for k, size in enumerate(sizes):
        if progress is not None:
            progress(k, len(sizes), f"{size} pieces")
        wanted = Wanted(where, size, degree, smooth, None, ends, None, None)
        made = best_table(read, function, wanted, Budget(budget))
        theory = limit / size ** (degree + 1)
        found.append(Size(size, made.bound.upper, made.bound.lower, theory, made.max_error.proven))
    return TableSizes(read.name, read.text, where.ends, degree, smooth, tuple(found), budget)
