"""What of the error a fit makes small: with which weight, and whether values or slopes count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from actx.calculus.derivative import derivative
from actx.core.errors import UsageError
from actx.core.norms import PARTS
from actx.language.tree import Node, simplified


@dataclass(frozen=True)
class Criterion:
    """What is made small.

    weight: a formula of x that multiplies the error. relative: the error is divided by the size of
    the target (of its slope, where slopes count). of: the error itself, its derivative, or both,
    the larger of which counts in the max norm and the sum of which in an integral.
    """

    weight: Node | None = None
    relative: bool = False
    of: str = "value"

    def __post_init__(self) -> None:
        if self.of not in PARTS:
            raise UsageError(
                f"What is fitted is one of {', '.join(PARTS)}; it cannot be {self.of!r}."
            )

    @property
    def plain(self) -> bool:
        """Whether it is the error itself that counts, and everywhere alike."""
        return self.weight is None and not self.relative and self.of == "value"

    def pairs(self, template: Node, target: Node) -> tuple[tuple[Node, Node], ...]:
        """What is compared: two trees for each part, whose difference is to be small."""
        found = []
        if self.of in ("value", "both"):
            found.append((template, target))
        if self.of in ("slope", "both"):
            found.append((derivative(template), derivative(target)))
        return tuple(self._weighted(f, g) for f, g in found)

    def _weighted(self, f: Node, g: Node) -> tuple[Node, Node]:
        def scaled(tree: Node) -> Node:
            if self.weight is not None:
                tree = simplified("mul", self.weight, tree)
            return simplified("div", tree, simplified("abs", g)) if self.relative else tree

        return scaled(f), scaled(g)

    @staticmethod
    def joined(sizes: Sequence[float], norm: str) -> float:
        """The size of all parts together out of those of each, in a norm."""
        if norm == "max":
            return max(sizes)
        return sum(sizes) if norm == "l1" else math.hypot(*sizes)

    def words(self) -> str:
        """What is made small, in words for a message or a table: `weighted error`, say."""
        what = {"value": "error", "slope": "slope error", "both": "error or slope error"}[self.of]
        return " ".join(
            [*["relative"] * self.relative, *["weighted"] * (self.weight is not None), what]
        )
