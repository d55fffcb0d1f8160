"""A formula as code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from actx.api.asking import DEFAULT_TARGET
from actx.api.integer_table import fixed_table
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, numbers, read_formulas
from actx.codegen.integers import HARDWARE
from actx.codegen.integers.make import export as write_integers
from actx.codegen.integers.make import language_module as integer_language
from actx.codegen.make import checked, function_name, language_module
from actx.codegen.make import export as write
from actx.codegen.result import Export, StandIn
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import WHOLE_LINE
from actx.core.errors import ExportError, UsageError
from actx.core.files import check_place
from actx.core.progress import Progress
from actx.fitting.problem.criterion import CriterionText
from actx.precision.lookup.formats import is_fixed_point
from actx.registry import Registry, load_registry

_GLANCE = 0.01  # seconds for proving that a formula is the best of its family, which is not asked

if TYPE_CHECKING:
    from actx.fitting.tables.results import BestTable
    from actx.precision.lookup.fixed import FixedTable
    from actx.precision.lookup.results import IntegerTable


@alone()
def export(
    formula: str | Formula | BestTable | IntegerTable | FixedTable,
    to: str,
    *,
    output: str | Path | None = None,
    target: str | Formula | None = None,
    dtype: str | Sequence[str] = (),
    name: str | None = None,
    trainable: bool = False,
    error: float | None = None,
    require: Sequence[str] = (),
    family: Sequence[str] = (),
    jobs: int | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Export:
    """The code of a formula and its derivative in a language, as text in `code`.

    formula: or a table that `actx.table`, `actx.integer_table` or `actx.fixed_table` made. to: a
    language of `actx.codegen.LANGUAGES`, for a table of integers one of
    `actx.codegen.integers.LANGUAGES`; for hardware a table of numbers is put into fixed point.
    output: a file for it, written whole or not at all. target: what the error at the head of the
    code is told against, mish or what the table is of where none is given. dtype: number types, for
    languages whose code is made for some, or one of fixed point, such as "q3.12", for code of
    integers alone. name: of the function. trainable: parameters that torch trains. error: write the
    cheapest formula that `search` finds and that is proven to stay within this of the formula
    everywhere, before rounding (`stand_in` of the result, None where nothing cheaper is as near);
    require, family, jobs: of that search. Raises UsageError, MissingPackageError without onnx,
    ExportError where the file cannot be written, and otherwise as `show`.
    """
    from actx.fitting.tables.results import BestTable
    from actx.precision.lookup.fixed import FixedTable
    from actx.precision.lookup.results import IntegerTable

    place = None if output is None else Path(output)
    types = [dtype] if isinstance(dtype, str) else dtype
    if any(map(is_fixed_point, types)):
        if target is not None or trainable or error is not None:
            raise UsageError(
                "Code in fixed point has its own target, the formula, and nothing in it is fitted "
                "or trained."
            )
        return _in_fixed_point(formula, to, types, name, place, (set, registry))
    if error is not None:
        _check_error(error, formula, target, trainable)
    if isinstance(formula, BestTable) and to in HARDWARE:
        formula = fixed_table(formula)
    if isinstance(formula, IntegerTable | FixedTable):
        if target is not None or dtype or trainable:
            raise UsageError(
                "Code for a table of integers has its own types and its own target, and nothing "
                "in it is trained."
            )
        return write_integers(formula, to, name, place)
    goal: str | Formula | None = target
    if isinstance(formula, BestTable):
        name = function_name(name, formula.name)
        goal = goal or replace(read_formulas([formula.formula], None, None)[0], name=formula.name)
        formula = formula.of_x
    known = registry or load_registry()
    read, against = read_formulas([formula, goal or DEFAULT_TARGET], numbers(set or {}), known)
    entry = known.find(read.name)
    source = "" if entry is None else entry.source
    if error is None:
        return write(
            read, to, target=against, source=source, types=types, name=name, trainable=trainable,
            output=place,
        )  # fmt: skip
    name = function_name(name, read.name)
    checked(read, to, read, types=types, name=name, output=place)
    stand_in = _stand_in(read, error, (to, require, family), jobs, known, progress)
    if stand_in is None:
        remark = f"Nothing that was fitted is within {error:g} of it and costs less."
        return write(
            read, to, target=read, source=source, types=types, name=name, output=place,
            remark=remark,
        )  # fmt: skip
    cheaper = replace(read_formulas([stand_in.formula], None, known)[0], name=stand_in.name)
    made = write(
        cheaper, to, target=read, types=types, name=name, output=place, remark=stand_in.remark
    )
    return replace(made, stand_in=stand_in)


def _in_fixed_point(
    formula: object,
    to: str,
    types: Sequence[str],
    name: str | None,
    place: Path | None,
    reading: tuple[Values | None, Registry | None],
) -> Export:
    """A formula by integers alone. Raises as `export`."""
    from actx.precision.lookup.typed import fixed_point, table_in

    if len(types) > 1:
        raise UsageError(
            "Code in fixed point is made for one number type.", "Give one {dtype}.", dtype=None
        )
    if not isinstance(formula, str | Formula):
        raise UsageError(
            "Code in fixed point is made of a formula; a table has formats of its own."
        )
    values, registry = reading
    (read,) = read_formulas([formula], numbers(values or {}), registry or load_registry())
    name = function_name(name, read.name)
    integer_language(to)
    fixed_point(types[0])
    if place is not None:
        check_place(place, "file", ExportError)
    return write_integers(table_in(read, types[0]), to, name, place)


def _check_error(error: float, formula: object, target: object, trainable: bool) -> None:
    if not 0 < error < math.inf:
        raise UsageError(f"The error is a number above 0, such as 1e-3; it cannot be {error!r}.")
    if not isinstance(formula, str | Formula):
        raise UsageError("A cheaper formula is searched for in place of a formula, not of a table.")
    if target is not None:
        raise UsageError("The error of a cheaper formula is that against the formula itself.")
    if trainable:
        raise UsageError("A cheaper formula has fitted parameters, which are not trained.")


def _stand_in(
    formula: Formula,
    error: float,
    asking: tuple[str, Sequence[str], Sequence[str]],
    jobs: int | None,
    registry: Registry,
    progress: Progress | None,
) -> StandIn | None:
    """The cheapest formula within an error of another, None where nothing cheaper is as near.

    asking: for which language, what it must keep to, and the families that are searched.
    """
    from actx.studies.search import search as searching
    from actx.studies.search.reading import load_families
    from actx.studies.search.within import cheapest_within, may_cost_less, own_cost

    language, require, family = asking
    criterion = CriterionText("max", None, False, "value", tuple(require))
    asked = searching.question(formula, WHOLE_LINE, registry, criterion, 0)
    tables = getattr(language_module(language), "TABLES", True)
    most = own_cost(formula)
    found = searching.search(
        asked, load_families(), family, registry, jobs=jobs, budget=_GLANCE, progress=progress,
        keep=lambda member: may_cost_less(member, most, registry, tables),
    )  # fmt: skip
    return cheapest_within(found, formula, error, registry, DEFAULT_BUDGET, tables)
