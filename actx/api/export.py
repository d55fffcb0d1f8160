"""A formula as code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from actx.api.asking import DEFAULT_TARGET
from actx.api.integer_table import fixed_table
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, numbers, read_formulas
from actx.codegen.integers import HARDWARE
from actx.codegen.make import export as write
from actx.codegen.make import function_name
from actx.codegen.result import Export
from actx.core.alone import alone
from actx.core.errors import UsageError
from actx.registry import Registry, load_registry

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
    set: Values | None = None,
    registry: Registry | None = None,
) -> Export:
    """The code of a formula and its derivative in a language, as text in `code`.

    formula: or a table that `actx.table`, `actx.integer_table` or `actx.fixed_table` made. to: a
    language of `actx.codegen.LANGUAGES`, for a table of integers one of
    `actx.codegen.integers.LANGUAGES`; for hardware a table of numbers is put into fixed point.
    output: a file for it, written whole or not at all. target: what the error at the head of the
    code is told against, mish or what the table is of where none is given. dtype: number types, for
    languages whose code is made for some. name: of the function. trainable: parameters that torch
    trains. Raises UsageError, MissingPackageError without onnx, ExportError where the file cannot
    be written, and otherwise as `show`.
    """
    from actx.fitting.tables.results import BestTable
    from actx.precision.lookup.fixed import FixedTable
    from actx.precision.lookup.results import IntegerTable

    place = None if output is None else Path(output)
    if isinstance(formula, BestTable) and to in HARDWARE:
        formula = fixed_table(formula)
    if isinstance(formula, IntegerTable | FixedTable):
        if target is not None or dtype or trainable:
            raise UsageError(
                "Code for a table of integers has its own types and its own target, and nothing "
                "in it is trained."
            )
        from actx.codegen.integers.make import export as write_integers

        return write_integers(formula, to, name, place)
    goal: str | Formula | None = target
    if isinstance(formula, BestTable):
        name = function_name(name, formula.name)
        goal = goal or replace(read_formulas([formula.formula], None, None)[0], name=formula.name)
        formula = formula.of_x
    known = registry or load_registry()
    read, against = read_formulas([formula, goal or DEFAULT_TARGET], numbers(set or {}), known)
    entry = known.find(read.name)
    return write(
        read,
        to,
        target=against,
        source="" if entry is None else entry.source,
        types=[dtype] if isinstance(dtype, str) else dtype,
        name=name,
        trainable=trainable,
        output=place,
    )
