"""What a table tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from actx.analysis.results import DataErrors, MaxError
from actx.arithmetic.tables import Table
from actx.calculus.formula import Formula
from actx.core.domain import Ends
from actx.core.views import Pictured
from actx.fitting.results import Bound
from actx.language.tree import Node, X, lookup, node, number

_SHAPES = {0: "constants", 1: "lines", 2: "quadratics", 3: "cubics"}
_JOINTS = {-1: "that need not meet", 0: "that meet", 1: "that meet with one slope"}


@dataclass(frozen=True)
class BestTable(Pictured):
    """A piecewise polynomial for a formula on a finite domain.

    name: of what it is for, whose formula is `formula`. smooth: -1 for pieces that need not meet,
    0 for continuous ones, 1 for one slope at the knots. knots: the ends of the pieces, those of the
    domain included. values: at the knots, of a broken line; None for other tables. coefficients: of
    each piece, by powers of x less the knot that it begins at. ends: what holds left and right of
    the domain, in words; "" where nothing does, and the error counts on the domain only. max_error:
    the largest there is, ends included. bound: what any table of so many pieces reaches on the
    domain, and what this one does there. text: the table as formula text, exact the table
    itself, beyond the formulas on both sides of it that are no lines. data: the errors over inputs
    that were given; data_floor: what the root mean square over them of no such pieces is below,
    whether they meet or not, where the least one was looked for; computed, not proven. budget:
    seconds for the proofs.
    """

    hidden: ClassVar = ("exact", "beyond")  # which are no numbers that JSON has

    name: str
    formula: str
    domain: Ends
    segments: int
    degree: int
    smooth: int
    knots: tuple[float, ...]
    values: tuple[float, ...] | None
    coefficients: tuple[tuple[float, ...], ...]
    ends: tuple[str, str]
    max_error: MaxError
    bound: Bound
    text: str
    exact: Table
    beyond: tuple[Node | None, Node | None] = (None, None)
    notes: tuple[str, ...] = ()
    data: DataErrors | None = None
    data_floor: float | None = None
    budget: float | None = None

    @property
    def of_x(self) -> Formula:
        """The table as a formula."""
        return Formula(f"{self.name} table", whole(self.exact, self.beyond))


@dataclass(frozen=True)
class Size:
    """A table of a size: what it reaches on the domain, and what none of that size can.

    lower: 0 where nothing is proven. proven: whether upper is. theory: what the error tends to for
    many pieces, computed.
    """

    segments: int
    upper: float
    lower: float
    theory: float
    proven: bool = True


@dataclass(frozen=True)
class TableSizes(Pictured):
    """Best tables of rising sizes for a formula on a finite domain; otherwise as `BestTable`."""

    name: str
    formula: str
    domain: Ends
    degree: int
    smooth: int
    sizes: tuple[Size, ...]
    budget: float | None = None

    @property
    def rival_limit(self) -> bool:
        """Whether the limit is one of other pieces, that need not meet as these do."""
        return self.degree > 1 and self.smooth >= 0


def whole(table: Table, beyond: tuple[Node | None, Node | None]) -> Node:
    """A table with formulas left of its first knot and right of its last one."""
    tree, (left, right) = lookup(table, X), beyond
    if right is not None:
        tree = node("where", node("gt", X, number(table.knots[-1])), right, tree)
    if left is not None:
        tree = node("where", node("lt", X, number(table.knots[0])), left, tree)
    return tree


def pieces_in_words(count: int, degree: int, smooth: int) -> str:
    """A kind of table, as in `16 lines that meet`."""
    if count == 1:
        return f"1 {_SHAPES[degree].removesuffix('s')}"
    joint = "" if degree == 0 else f" {_JOINTS[smooth]}"
    return f"{count} {_SHAPES[degree]}{joint}"
