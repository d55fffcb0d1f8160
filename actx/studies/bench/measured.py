"""Reading the JSON document of a bench, for the cost of formulas elsewhere."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from actx.core.errors import BenchError, UsageError

_LARGEST = 100_000_000  # bytes; a file of all formulas with many rounds has less than one of them


class CostFileError(BenchError, UsageError):
    """A file of costs that cannot be read."""

    status = UsageError.status


def load_costs(path: str | Path) -> dict[str, float]:
    """The cost of the forward pass relative to relu, by name and by formula text.

    path: a file with the JSON document of a bench. Raises CostFileError, naming the file and
    what is wrong with it.
    """
    file = Path(path)
    costs: dict[str, float] = {}
    for number, row in enumerate(_rows(file), 1):
        try:
            names = row["name"], row["formula"]
            cost = row["forward"]["relative"]["median"]
        except (KeyError, TypeError) as missing:
            raise _wrong(file, f"row {number} has no {missing}") from None
        if not all(isinstance(name, str) for name in names):
            raise _wrong(file, f"row {number} has no name")
        if isinstance(cost, bool) or not isinstance(cost, int | float) or not _is_cost(cost):
            raise _wrong(file, f"row {number} has the cost {cost!r}")
        for name in names:
            costs[name] = float(cost)
    return costs


def _is_cost(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _rows(file: Path) -> list[dict[str, Any]]:
    try:
        if file.stat().st_size > _LARGEST:
            raise _wrong(file, "it is too large to be one")
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CostFileError(f"The costs {str(file)!r} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise _wrong(file, f"it is no JSON ({error})") from None
    rows = document.get("rows") if isinstance(document, dict) else None
    if not isinstance(rows, list) or document.get("baseline") is None:
        raise _wrong(file, "it has no rows with a baseline")
    return rows


def _wrong(file: Path, reason: str) -> CostFileError:
    return CostFileError(
        f"The file {str(file)!r} holds no costs as the JSON document of a bench has them: {reason}."
    )
