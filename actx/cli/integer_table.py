"""`actx table` with integers: its own options, which `actx.cli.table` declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import actx
from actx.cli.options import ask, whole_number
from actx.core.errors import UsageError

_PICTURES = (".png", ".svg", ".pdf")


def integer_table(
    formula: str,
    integers: dict[str, Any],
    segments: str | None,
    output: str | None,
    others: list[str],
    json: bool,
    **shared: Any,
) -> None:
    """Ask for the table, and show and write it. others: options that were given beside."""
    from actx.present.table_file import check_file, is_table, write_table
    from actx.present.text import present

    if others:
        raise UsageError(
            f"{others[0]} is for tables of real numbers and does not go with integers; where "
            "these reach is given by --input or --input-range."
        )
    if not (integers["input"] or integers["like"]):
        raise UsageError(
            "A table of integers needs --input, as in --input int8:0.05,0, or --like, as in --like "
            "tosa-int16."
        )
    if output is not None and Path(output).suffix.lower() in _PICTURES:
        raise UsageError("There is no picture of a table of integers; .csv and .json are written.")
    if output is not None and not is_table(output):
        if integers["output"] is not None:
            raise UsageError(f"{output[:60]!r} is no .csv or .json file to write.")
        integers["output"], output = output, None
    if output is not None:
        check_file(output)
    result = ask(
        actx.integer_table, "looking up", formula,
        segments=None if segments is None else whole_number(segments, "--segments", 1, 1 << 16),
        **{name: value for name, value in integers.items() if value}, **shared,
    )  # fmt: skip
    if output is not None:
        write_table(result, Path(output))
    present(result, json)
