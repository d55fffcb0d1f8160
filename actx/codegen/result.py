"""What an export returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from actx.analysis.results import MaxError
from actx.codegen.arithmetic import Inaccuracy
from actx.core.views import Shown


@dataclass(frozen=True)
class StandIn:
    """A formula that code computes in place of another.

    name: of the family that it is of. formula: its text. of: what it stands for. allowed: the
    largest error that was asked for; error: an upper bound of its own, proven. cost, instead_of: in
    operations, as `search` counts them. tried: of how many formulas it is the cheapest.
    """

    name: str
    formula: str
    of: str
    allowed: float
    error: float
    cost: float
    instead_of: float
    tried: int

    @property
    def remark(self) -> str:
        """What the head of the code says of it."""
        return (
            f"stands for {self.of}: the cheapest of the formulas fitted ({self.tried}) that is "
            f"within {self.allowed:g} of it before rounding; it costs {self.cost:g} operations "
            f"instead of {self.instead_of:g}"
        )


@dataclass(frozen=True, repr=False)
class Export(Shown):
    """Code of one formula.

    code: the text; None for a binary file, which `content` has in any case. name: what the
    function is called. types: the number types it is made for, empty where it takes those of its
    input. max_error: of the formula against the target, None where it cannot be told. rounding:
    the largest rounding errors of the code, by arithmetic, empty where it is exact. output: the
    file it was written to. stand_in: what the code computes in place of the formula that was named,
    where a cheaper one was asked for and found.
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
    stand_in: StandIn | None = None
