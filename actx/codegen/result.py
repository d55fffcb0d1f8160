"""What an export returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from actx.analysis.results import MaxError
from actx.codegen.arithmetic import Inaccuracy
from actx.core.views import Shown


@dataclass(frozen=True, repr=False)
class Export(Shown):
    """Code of one formula.

    code: the text; None for a binary file, which `content` has in any case. name: what the
    function is called. types: the number types it is made for, empty where it takes those of its
    input. max_error: of the formula against the target, None where it cannot be told. rounding:
    the largest rounding errors of the code, by arithmetic, empty where it is exact. output: the
    file it was written to.
    """

    name: str
    formula: str
    language: str
    types: tuple[str, ...]
    target: str
    max_error: MaxError | None
    rounding: tuple[Inaccuracy, ...]
    kinks: tuple[float, ...]
    code: str | None
    content: bytes
    output: Path | None = None
