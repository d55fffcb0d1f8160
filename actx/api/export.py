"""A formula as code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from actx.api.asking import DEFAULT_TARGET
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, numbers, read_formulas
from actx.codegen.make import export as write
from actx.codegen.result import Export
from actx.core.alone import alone
from actx.registry import Registry, load_registry


@alone()
def export(
    formula: str | Formula,
    to: str,
    *,
    output: str | Path | None = None,
    target: str | Formula = DEFAULT_TARGET,
    dtype: str | Sequence[str] = (),
    name: str | None = None,
    trainable: bool = False,
    set: Values | None = None,
    registry: Registry | None = None,
) -> Export:
    """The code of a formula and its derivative in a language, as text in `code`.

    to: a language of `actx.codegen.LANGUAGES`. output: a file for it, written whole or not at
    all. target: what the error at the head of the code is told against. dtype: number types, for
    languages whose code is made for some. name: of the function. trainable: parameters that torch
    trains. Raises UsageError, MissingPackageError without onnx, ExportError where the file cannot
    be written, and otherwise as `show`.
    """
    known = registry or load_registry()
    read, goal = read_formulas([formula, target], numbers(set or {}), known)
    entry = known.find(read.name)
    return write(
        read,
        to,
        target=goal,
        source="" if entry is None else entry.source,
        types=[dtype] if isinstance(dtype, str) else dtype,
        name=name,
        trainable=trainable,
        output=None if output is None else Path(output),
    )
