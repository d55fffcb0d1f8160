"""`actx table`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

import actx
from actx.cli.options import (
    BUDGET,
    BudgetOption,
    DataOption,
    FormulaArgument,
    JsonOption,
    LatexOption,
    MarkdownOption,
    RegistryOption,
    SetOption,
    TableOption,
    WidthOption,
    ask,
    checked_width,
    markup_of,
    optional,
    positive,
    whole_number,
)
from actx.cli.tables.integers import file_and_format, integer_table, is_in_fixed_point
from actx.cli.tables.taken import Wanted, everything
from actx.cli.usage.help import CODE, INTEGERS, SHAPE
from actx.codegen import LANGUAGES
from actx.codegen.integers import HARDWARE, OF_PIECES
from actx.core.errors import UsageError

_WAYS = "auto|constant|line|none|FORMULA"


def table(
    formula: FormulaArgument,
    segments: Annotated[str | None, optional("--segments", "N", "How many pieces.")] = None,
    domain: Annotated[
        str | None,
        optional("--domain", "LO:HI", "What the pieces divide. Default: that of --data, or -8:8."),
    ] = None,
    degree: Annotated[
        str,
        typer.Option(
            "--degree",
            metavar="0|1|2|3",
            help="Constants, lines, quadratics, cubics.",
            rich_help_panel=SHAPE,
        ),
    ] = "1",
    table_sizes: Annotated[
        str | None,
        optional("--table-sizes", "LO:HI", "Best tables of LO, 2 LO, 4 LO … HI pieces instead."),
    ] = None,
    knots: Annotated[
        str | None,
        optional(
            "--knots",
            "free|uniform|powers|FILE",
            "The best places, equal pieces, halves of halves, or places in a file. Default: free.",
        ),
    ] = None,
    error: Annotated[
        str | None, optional("--error", "E", "The fewest pieces that reach this error.")
    ] = None,
    continuous: Annotated[
        bool,
        typer.Option(
            "--continuous/--separate", help="Whether pieces have to meet.", rich_help_panel=SHAPE
        ),
    ] = True,
    smooth: Annotated[
        str,
        typer.Option(
            "--smooth",
            metavar="0|1",
            help="1: with one slope where they meet.",
            rich_help_panel=SHAPE,
        ),
    ] = "0",
    left: Annotated[
        str,
        typer.Option(
            "--left", metavar=_WAYS, help="What holds below the domain.", rich_help_panel=SHAPE
        ),
    ] = "auto",
    right: Annotated[
        str,
        typer.Option(
            "--right", metavar=_WAYS, help="What holds above the domain.", rich_help_panel=SHAPE
        ),
    ] = "auto",
    round: Annotated[
        str | None,
        optional(
            "--round",
            "GRID",
            "Store entries as q1.15, float16, dyadic:8 … (as in fit).",
            rich_help_panel=SHAPE,
        ),
    ] = None,
    grid: Annotated[
        str | None,
        optional(
            "--grid", "GRID", "Keep knots on q4.12, dyadic:4 … (as in fit).", rich_help_panel=SHAPE
        ),
    ] = None,
    file: Annotated[
        str | None,
        optional(
            "-o",
            "FILE",
            "Write a .csv or .json file of it, the picture of its error (.png, .svg, .pdf), or "
            "with --to code.",
        ),
    ] = None,
    width: WidthOption = None,
    data: DataOption = None,
    norm: Annotated[
        str | None,
        optional(
            "--norm",
            "max|data",
            "The largest error, or the rms over --data. Default with that: data.",
        ),
    ] = None,
    budget: BudgetOption = BUDGET,
    set: SetOption = None,
    registry: RegistryOption = None,
    input: Annotated[
        str | None,
        optional(
            "--input",
            "FORMAT",
            "Integers instead: int8:SCALE,ZERO, uint8, int16, q4.11 …",
            rich_help_panel=INTEGERS,
        ),
    ] = None,
    output: Annotated[
        str | None,
        optional(
            "--output",
            "FORMAT",
            "The same for what comes out; or a file.",
            rich_help_panel=INTEGERS,
        ),
    ] = None,
    input_range: Annotated[
        str | None,
        optional(
            "--input-range",
            "LO:HI|auto",
            "Where the integers reach, instead of a scale.",
            rich_help_panel=INTEGERS,
        ),
    ] = None,
    like: Annotated[
        str | None,
        optional(
            "--like",
            "tflite-int8|tosa-int16|…",
            "As a published format has it.",
            rich_help_panel=INTEGERS,
        ),
    ] = None,
    rounding: Annotated[
        str | None,
        optional(
            "--rounding",
            "half-up|…",
            "Of the interpolation: nearest-even, truncate.",
            rich_help_panel=INTEGERS,
        ),
    ] = None,
    fraction_bits: Annotated[
        str | None,
        optional(
            "--fraction-bits",
            "N",
            "How many bits interpolate; default: all that are left.",
            rich_help_panel=INTEGERS,
        ),
    ] = None,
    require: Annotated[
        list[str] | None,
        optional(
            "--require",
            "WHAT",
            "Of integers: monotone, f(0) = 0. Repeatable.",
            rich_help_panel=INTEGERS,
        ),
    ] = None,
    to: Annotated[
        str | None,
        optional(
            "--to",
            "LANG",
            f"As code, csv or json: {', '.join(everything())}.",
            rich_help_panel=CODE,
        ),
    ] = None,
    name: Annotated[
        str | None,
        optional("--name", "NAME", "What the function is called in code.", rich_help_panel=CODE),
    ] = None,
    table: TableOption = None,
    json: JsonOption = False,
    latex: LatexOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Find the best table of a formula.

    Knots, entries, the proven error, and what no table of the size can reach.

    \b
    Examples:
      actx table mish --segments 16 --domain -8:8
      actx table tanh --error 1e-3 --domain -4:4 --right constant
      actx table "exp(x)" --segments 32 --domain -8:0 --knots uniform -o exp.csv
      actx table mish --segments 16 --domain -8:4 --left 0 --right "x - exp(-2x)*x*2"
      actx table "x*sigmoid(x)" --input int8:0.05,0 --output int8:0.05,0
      actx table tanh --like tosa-int16 --input-range auto
      actx table mish --segments 16 --to verilog -o mish.v
    """
    shared = {"set": set, "registry": registry, "table": table}
    integers = {
        "input": input, "output": None, "input_range": input_range, "like": like,
        "rounding": rounding, "fraction_bits": fraction_bits, "require": require,
    }  # fmt: skip
    lines = {
        "--error": error, "--round": round, "--grid": grid, "--norm": norm,
        "--knots": knots, "--left": left != "auto", "--right": right != "auto",
    }  # fmt: skip
    shapes = {
        "--domain": domain, "--degree": degree != "1", "--separate": not continuous,
        "--smooth": smooth != "0", "--table-sizes": table_sizes,
    }  # fmt: skip
    asked = any(integers.values())
    file, integers["output"] = file_and_format(file, output, to, asked)
    width = checked_width(width, file)
    wanted = Wanted(to, name, file, json, markup_of(json, latex, markdown), width)
    others = [name for name, on in (lines | shapes).items() if on]
    fixed = others and not table_sizes and is_in_fixed_point(integers)
    if (asked or integers["output"]) and not fixed:
        integer_table(formula, integers, segments, wanted, others, data=data, **shared)
        return
    shape = {
        "domain": domain, "degree": whole_number(degree, "--degree", 0, 3),
        "smooth": whole_number(smooth, "--smooth", 0, 1) if continuous else -1, "budget": budget,
        **shared,
    }  # fmt: skip
    wanted.check(OF_PIECES if fixed else (*LANGUAGES, *HARDWARE))
    if table_sizes is not None:
        single = {"--segments": segments, "--to": to, "--data": data}
        one = [option for option, on in (single | lines).items() if on]
        if one:
            raise UsageError(f"{one[0]} is for one table and does not go with --table-sizes.")
        sizes = _sizes(table_sizes)
        result: Any = ask(actx.table_sizes, "placing knots", formula, sizes=sizes, **shape)
    else:
        if not (segments or error or knots):
            raise UsageError(
                "How large may the table be? Say --segments 16, --error 1e-3 or --knots FILE; "
                "--table-sizes 8:256 tells what sizes reach."
            )
        result = ask(
            actx.table, "placing knots", formula,
            segments=None if segments is None else whole_number(segments, "--segments", 1, 4096),
            error=None if error is None else positive(error, "--error"),
            knots=knots or "free", left=left, right=right, round=round, grid=grid, data=data,
            norm=norm, **shape,
        )  # fmt: skip
    if fixed or to in HARDWARE:
        formats = {each: integers[each] for each in ("input", "output")}
        result = ask(actx.fixed_table, "rounding", result, **formats)
    wanted.present(result)


def _sizes(text: str) -> list[int]:
    """Sizes from the first on, each twice the one before, up to the last. Raises UsageError."""
    lo, colon, hi = text.partition(":")
    first = whole_number(lo, "--table-sizes", 1, 4096)
    last = whole_number(hi if colon else lo, "--table-sizes", first, 4096)
    found = [first]
    while 2 * found[-1] <= last:
        found.append(2 * found[-1])
    return found
