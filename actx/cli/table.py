"""`actx table`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import actx
from actx.cli.integer_table import integer_table
from actx.cli.options import (
    BUDGET,
    BudgetOption,
    DataOption,
    FormulaArgument,
    JsonOption,
    RegistryOption,
    SetOption,
    TableOption,
    ask,
    optional,
    output_option,
    positive,
    whole_number,
)

_WAYS = "auto|constant|line|none"


def table(
    formula: FormulaArgument,
    segments: Annotated[str | None, optional("--segments", "N", "How many pieces.")] = None,
    domain: Annotated[
        str | None,
        optional("--domain", "LO:HI", "What the pieces divide. Default: that of --data, or -8:8."),
    ] = None,
    degree: Annotated[
        str,
        typer.Option("--degree", metavar="0|1|2|3", help="Constants, lines, quadratics, cubics."),
    ] = "1",
    table_sizes: Annotated[
        str | None,
        optional("--table-sizes", "LO:HI", "Best tables of LO, 2 LO, 4 LO … HI pieces instead."),
    ] = None,
    knots: Annotated[
        str,
        typer.Option(
            "--knots",
            metavar="free|uniform|powers|FILE",
            help="The best places, equal pieces, halves of halves, or places in a file.",
        ),
    ] = "free",
    error: Annotated[
        str | None, optional("--error", "E", "The fewest pieces that reach this error.")
    ] = None,
    continuous: Annotated[
        bool, typer.Option("--continuous/--separate", help="Whether pieces have to meet.")
    ] = True,
    smooth: Annotated[
        str, typer.Option("--smooth", metavar="0|1", help="1: with one slope where they meet.")
    ] = "0",
    left: Annotated[
        str, typer.Option("--left", metavar=_WAYS, help="What holds below the domain.")
    ] = "auto",
    right: Annotated[
        str, typer.Option("--right", metavar=_WAYS, help="What holds above the domain.")
    ] = "auto",
    round: Annotated[
        str | None,
        optional("--round", "GRID", "Store entries as q1.15, float16, dyadic:8 … (as in fit)."),
    ] = None,
    grid: Annotated[
        str | None, optional("--grid", "GRID", "Keep knots on q4.12, dyadic:4 … (as in fit).")
    ] = None,
    output: Annotated[
        str | None,
        output_option(
            "Write a .csv or .json file of it, or the picture of its error: .png, .svg, .pdf."
        ),
    ] = None,
    data: DataOption = None,
    budget: BudgetOption = BUDGET,
    set: SetOption = None,
    registry: RegistryOption = None,
    input: Annotated[
        str | None,
        optional("--input", "FORMAT", "Integers instead: int8:SCALE,ZERO, uint8, int16, q4.11 …"),
    ] = None,
    output_format: Annotated[
        str | None, optional("--output-format", "FORMAT", "The same for what comes out.")
    ] = None,
    input_range: Annotated[
        str | None,
        optional("--input-range", "LO:HI|auto", "Where the integers reach, instead of a scale."),
    ] = None,
    like: Annotated[
        str | None, optional("--like", "tflite-int8|tosa-int16|…", "As a published format has it.")
    ] = None,
    rounding: Annotated[
        str | None,
        optional("--rounding", "half-up|…", "Of the interpolation: nearest-even, truncate."),
    ] = None,
    require: Annotated[
        list[str] | None,
        optional("--require", "WHAT", "Of integers: monotone, f(0) = 0. Repeatable."),
    ] = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> None:
    """Find the best table of a formula: knots, entries, the proven error, and what none can reach.

    \b
    Examples:
      actx table mish --segments 16 --domain -8:8
      actx table tanh --error 1e-3 --domain -4:4 --right constant
      actx table "exp(x)" --segments 32 --domain -8:0 --knots uniform -o exp.csv
      actx table "x*sigmoid(x)" --input int8:0.05,0 --output int8:0.05,0
      actx table tanh --like tosa-int16 --input-range auto
    """
    from actx.present.text import present

    integers = {
        "input": input, "output": output_format, "input_range": input_range, "like": like,
        "rounding": rounding, "require": require,
    }  # fmt: skip
    if any(integers.values()):
        lines = {
            "--domain": domain, "--table-sizes": table_sizes, "--error": error, "--round": round,
            "--grid": grid, "--data": data, "--degree": degree != "1", "--knots": knots != "free",
            "--separate": not continuous, "--smooth": smooth != "0", "--left": left != "auto",
            "--right": right != "auto",
        }  # fmt: skip
        integer_table(
            formula, integers, segments, output, [name for name, on in lines.items() if on],
            json, set=set, registry=registry, table=table,
        )  # fmt: skip
        return
    if table_sizes is not None:
        result: Any = ask(
            actx.table_sizes, "placing knots", formula,
            sizes=_sizes(table_sizes), domain=domain or "-8:8",
            degree=whole_number(degree, "--degree", 0, 3),
            smooth=whole_number(smooth, "--smooth", 0, 1) if continuous else -1, budget=budget,
            set=set, registry=registry, table=table,
        )  # fmt: skip
        _written(result, output)
        present(result, json)
        return
    result = ask(
        actx.table, "placing knots", formula,
        segments=None if segments is None else whole_number(segments, "--segments", 1, 4096),
        domain=domain, degree=whole_number(degree, "--degree", 0, 3), knots=knots,
        smooth=whole_number(smooth, "--smooth", 0, 1) if continuous else -1,
        error=None if error is None else positive(error, "--error"), left=left, right=right,
        round=round, grid=grid, data=data, budget=budget, set=set, registry=registry, table=table,
    )  # fmt: skip
    _written(result, output)
    present(result, json)


def _sizes(text: str) -> list[int]:
    """Sizes from the first on, each twice the one before, up to the last. Raises UsageError."""
    lo, colon, hi = text.partition(":")
    first = whole_number(lo, "--table-sizes", 1, 4096)
    last = whole_number(hi if colon else lo, "--table-sizes", first, 4096)
    found = [first]
    while 2 * found[-1] <= last:
        found.append(2 * found[-1])
    return found


def _written(result: Any, output: str | None) -> None:
    """Put a result into the file that was asked for: numbers, or its picture."""
    from actx.present.table_file import is_table, write_table

    if output is None:
        return
    if is_table(output):
        write_table(result, Path(output))
    else:
        result.save(output)
