"""`actx export`."""

from __future__ import annotations

from typing import Annotated

import typer

import actx
from actx.api.asking import DEFAULT_TARGET
from actx.cli.options import (
    FormulaArgument,
    JobsOption,
    JsonOption,
    RegistryOption,
    RequireOption,
    SetOption,
    TableOption,
    ask,
    complete_formula,
    family_option,
    one_of,
    optional,
    output_option,
    positive,
)
from actx.cli.usage.help import SEARCHING
from actx.codegen import LANGUAGES
from actx.core.errors import UsageError


def export(
    formula: FormulaArgument,
    to: Annotated[
        str | None,
        optional(
            "--to",
            "LANG",
            f"The language: {', '.join(LANGUAGES)}.",
            autocompletion=one_of(LANGUAGES),
        ),
    ] = None,
    output: Annotated[
        str | None,
        output_option("Write a file instead."),
    ] = None,
    dtype: Annotated[
        list[str] | None,
        optional(
            "--dtype",
            "TYPE",
            "float32, float64, float16, bfloat16 (of compiled languages and onnx), repeatable; or "
            "fixed point, as q4.12: integers only.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        optional("--name", "NAME", "What the function is called."),
    ] = None,
    trainable: Annotated[
        bool, typer.Option("--trainable", help="For torch: train the parameters as well.")
    ] = False,
    target: Annotated[
        str | None,
        optional(
            "--target",
            "FORMULA",
            f"What the error at the head is told against. Default: {DEFAULT_TARGET}.",
            autocompletion=complete_formula,
        ),
    ] = None,
    error: Annotated[
        str | None,
        optional(
            "--error",
            "E",
            "In its place the cheapest formula that is proven to stay within E of it.",
        ),
    ] = None,
    require: RequireOption = None,
    family: Annotated[list[str] | None, family_option(SEARCHING)] = None,
    jobs: JobsOption = None,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> None:
    """Write a formula and its derivative as code.

    The code computes the cheapest form that is right over the whole range of its number type.

    \b
    Examples:
      actx export mish --to c -o mish.c
      actx export gelu --to c --error 1e-3
      actx export mish --to onnx --dtype float16 -o mish.onnx
      actx export "2x*sigmoid(a*x)" --to torch --set a=1.55 --trainable
    """
    from actx.codegen.integers.make import language_module as integer_language
    from actx.codegen.make import language_module
    from actx.precision.lookup.formats import is_fixed_point
    from actx.present.terminal import write
    from actx.present.text import present

    if to is None:
        raise UsageError(f"--to LANG is missing; the languages are {', '.join(LANGUAGES)}.")
    fixed = any(map(is_fixed_point, dtype or ()))
    module = integer_language(to) if fixed else language_module(to)
    if module.BINARY and output is None and not json:
        raise UsageError(
            f"What is written for {to} is no text: say where it goes, as in -o act{module.ENDING}."
        )
    allowed = None if error is None else positive(error, "--error")
    if allowed is None and (require or family or jobs):
        raise UsageError(
            "--require, --family and --jobs are of the search that --error E asks for."
        )
    made = ask(
        actx.export, "finding the cheapest form", formula, to,
        output=output, target=target, dtype=dtype or (), name=name, trainable=trainable,
        error=allowed, require=require, family=family or (), jobs=jobs,
        set=set, registry=registry, table=table,
    )  # fmt: skip
    if made.output is not None and not json:
        write(f"{made.output}\n")
    else:
        present(made, json)
