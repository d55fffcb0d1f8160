"""A table as a file: .csv with two columns, or .json with all that is known of it."""

from __future__ import annotations

from pathlib import Path

from actx.core.errors import UsageError
from actx.core.files import check_place, write_file
from actx.fitting.tables.results import BestTable, TableSizes
from actx.precision.lookup.fixed import FixedTable
from actx.precision.lookup.results import IntegerTable
from actx.present.json import document
from actx.present.pictures import check_output

_ENDINGS = (".csv", ".json")
_WHAT = "file"
FORMATS = (".png", ".svg", ".pdf")  # of pictures
Written = BestTable | TableSizes | IntegerTable | FixedTable


def is_table(path: str | Path) -> bool:
    """Whether a file of this name holds a table, and no picture."""
    return Path(path).suffix.lower() in _ENDINGS


def check_file(path: str | Path) -> None:
    """See that a table, or its picture, can be put there. Raises UsageError and PictureError."""
    if is_table(path):
        check_place(Path(path), _WHAT, UsageError)
    elif Path(path).suffix.lower() not in FORMATS:
        raise UsageError(
            f"The ending of the output file says what it becomes, .csv or .json for the table, "
            f"{', '.join(FORMATS)} for the picture of its error; {str(path)[:60]!r} has none of "
            "these."
        )
    else:
        check_output(path)


def write_table(result: Written, path: Path) -> None:
    """Write it, whole or not at all. Raises UsageError where it cannot be.

    In a .csv file stand x and y of the knots of a broken line, which can be read again as a table;
    of another table the start of each piece and its coefficients, in fixed point as integers; of
    several sizes a row each; of integers the entries.
    """
    write_text(as_text(result, path.suffix.lower().removeprefix(".")), path)


def as_text(result: Written, form: str) -> str:
    """A table as the text of a file, "csv" or "json"."""
    return f"{document(result) if form == 'json' else _rows(result)}\n"


def write_text(text: str, path: Path) -> None:
    """Write the text of a table, whole or not at all. Raises UsageError where it cannot be."""
    write_file(path, text.encode(), _WHAT, UsageError)


def _rows(result: Written) -> str:
    if isinstance(result, IntegerTable):
        return "\n".join(["index,entry", *(f"{k},{e}" for k, e in enumerate(result.integers))])
    if isinstance(result, FixedTable):
        powers = ",".join(f"e{power}" for power in range(result.degree + 1))
        both = zip(result.starts, result.rows, strict=True)
        return "\n".join([f"start,{powers}", *(",".join(map(str, (s, *row))) for s, row in both)])
    if isinstance(result, TableSizes):
        sizes = (f"{s.segments},{s.upper!r},{s.lower!r},{s.theory!r}" for s in result.sizes)
        return "\n".join(["segments,upper,lower,theory", *sizes])
    if result.values is not None:
        rows = zip(result.knots, result.values, strict=True)
        return "x,y\n" + "\n".join(f"{x!r},{y!r}" for x, y in rows)
    head = ",".join(["x", *(f"c{k}" for k in range(result.degree + 1))])
    body = (
        ",".join(map(repr, (x, *row)))
        for x, row in zip(result.knots, result.coefficients, strict=False)
    )
    return "\n".join([head, *body])
