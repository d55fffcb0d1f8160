"""`actx bench`."""

from __future__ import annotations

from typing import Annotated

import typer

import actx
from actx.api.asking import DEFAULT_TARGET
from actx.cli.options import (
    JsonOption,
    RegistryOption,
    SetOption,
    TableOption,
    TargetOption,
    WidthOption,
    ask,
    checked_width,
    formula_argument,
    one_of,
    optional,
    output_option,
    whole_number,
)
from actx.cli.usage.help import RUNS
from actx.core.errors import UsageError
from actx.studies.bench.backends import BACKENDS


def bench(
    formulas: Annotated[
        list[str] | None,
        formula_argument("Registry names, aliases, or formula text; relu is always timed as well."),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Time the whole registry.")] = False,
    backend: Annotated[
        list[str] | None,
        optional(
            "--backend",
            "NAME",
            f"{', '.join(BACKENDS)}. Repeatable. Default: numpy.",
            autocompletion=one_of(BACKENDS),
        ),
    ] = None,
    dtype: Annotated[
        str,
        typer.Option("--dtype", metavar="TYPE", help="float32, float64, float16 or bfloat16."),
    ] = "float32",
    size: Annotated[
        str | None,
        optional(
            "--size",
            "N",
            "Numbers in the array. Default: a million, on CUDA 64 million.",
            rich_help_panel=RUNS,
        ),
    ] = None,
    threads: Annotated[
        str,
        typer.Option(
            "--threads",
            metavar="N",
            help="Threads of the backends torch and c.",
            rich_help_panel=RUNS,
        ),
    ] = "1",
    repeat: Annotated[
        str,
        typer.Option(
            "--repeat",
            metavar="N",
            help="Rounds, in each of which all are timed.",
            rich_help_panel=RUNS,
        ),
    ] = "25",
    device: Annotated[
        str | None,
        optional(
            "--device",
            "NAME",
            "cpu or cuda, for torch. Default: cuda where there is some.",
            rich_help_panel=RUNS,
        ),
    ] = None,
    composed: Annotated[
        bool,
        typer.Option("--composed", help="In torch, compose all formulas of its operations."),
    ] = False,
    target: TargetOption = DEFAULT_TARGET,
    output: Annotated[
        str | None,
        output_option("Draw error over cost: .png, .svg or .pdf."),
    ] = None,
    width: WidthOption = None,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> None:
    """Time formulas side by side, relative to relu.

    Times are for one number: of the function, and of the function with its derivative. In each
    round all formulas are timed in turn; what is printed are medians and quartiles.

    \b
    Examples:
      actx bench mish hard-mish swish
      actx bench mish hard-mish --backend c --dtype float32 --size 1000000
      actx bench mish gelu --backend c --backend torch --backend onnxruntime
      actx bench --all --backend torch -o cost.png
      actx bench mish hard-mish --json > costs.json
    """
    from actx.present.text import present

    if not formulas and not all:
        raise UsageError(
            "bench needs at least one formula, as in `actx bench mish hard-mish`, or --all."
        )
    result = ask(
        actx.bench, "timing", *formulas or (),
        all=all, backend=backend or BACKENDS[:1], dtype=dtype,
        size=None if size is None else whole_number(size, "--size", 1, 10**9),
        threads=whole_number(threads, "--threads", 1, 1024),
        repeat=whole_number(repeat, "--repeat", 1, 100_000),
        device=device, composed=composed, target=target, output=output,
        width=checked_width(width, output), set=set, registry=registry,
        table=table,
    )  # fmt: skip
    present(result, json)
