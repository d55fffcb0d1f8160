"""`actx table` with integers: its own options, which `actx.cli.table` declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import actx
from actx.cli.options import ask, whole_number
from actx.cli.tables.taken import Wanted
from actx.codegen.integers import LANGUAGES
from actx.core.errors import UsageError

_PICTURES = (".png", ".svg", ".pdf")


def integer_table(
    formula: str,
    integers: dict[str, Any],
    segments: str | None,
    wanted: Wanted,
    others: list[str],
    **shared: Any,
) -> None:
    """Ask for the table, and give it. others: options that were given beside."""
    if others:
        raise UsageError(
            f"{others[0]} is for tables of real numbers and does not go with integers; where "
            "these reach is given by --input or --input-range. Pieces with places of their own are "
            "computed in fixed point, with --input q3.12 or the like."
        )
    if not (integers["input"] or integers["like"]):
        raise UsageError(
            "A table of integers needs --input, as in --input int8:0.05,0, or --like, as in --like "
            "tosa-int16."
        )
    wanted.check(LANGUAGES)
    for option in ("segments", "fraction_bits"):
        text = {"segments": segments, **integers}[option]
        if text is not None:
            integers[option] = whole_number(text, f"--{option.replace('_', '-')}", 1, 1 << 16)
    result = ask(
        actx.integer_table, "looking up", formula,
        **{name: value for name, value in integers.items() if value}, **shared,
    )  # fmt: skip
    wanted.present(result)


def is_in_fixed_point(integers: dict[str, Any]) -> bool:
    """Whether what is asked of integers is fixed point in and out, and nothing else."""
    given = {option: value for option, value in integers.items() if value}
    fixed = all(text.strip().lower().startswith("q") for text in given.values())
    return bool(given) and given.keys() <= {"input", "output"} and fixed


def file_and_format(
    file: str | None, output: str | None, to: str | None, integers: bool
) -> tuple[str | None, str | None]:
    """What -o and --output say: the file to write, and the format of outputs.

    --output is the one or the other, as it is in other commands and as --input is. integers:
    whether the table is one of integers, by other options.
    """
    if output is None or _is_format(output):
        return file, output
    ending = Path(output).suffix.lower()
    if integers and to is None and ending not in (*_PICTURES, ".csv", ".json"):
        return file, output  # which is told as a format that is not known
    if file is not None:
        raise UsageError(f"Two files are given, {file[:60]!r} and {output[:60]!r}; one is written.")
    return output, None


def _is_format(text: str) -> bool:
    """Whether a text is an integer format, and no file."""
    from actx.precision.lookup.formats import integer_format

    try:
        integer_format(text)
    except UsageError:
        return text.strip().lower() in ("int8", "uint8", "int16", "uint16")
    return True
