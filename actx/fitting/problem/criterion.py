"""What of the error a fit makes small: with which weight, and whether values or slopes count."""

from __future__ import annotations

from dataclasses import dataclass, field

from actx.core.errors import UsageError
from actx.core.norms import MAX, PARTS, Norm, norm_named
from actx.core.samples import Samples
from actx.language.derivative import derivative
from actx.language.library import Library
from actx.language.syntax import parse
from actx.language.tree import Node, simplified


@dataclass(frozen=True)
class CriterionText:
    """What is made small and what is required, as text: so it goes to files and other processes."""

    norm: str
    weight: str | None
    relative: bool
    of: str
    require: tuple[str, ...]

    @property
    def unweighted(self) -> bool:
        """Whether it is the error itself that counts, and everywhere alike."""
        return self.weight is None and not self.relative and self.of == "value"

    def read(self, library: Library) -> Criterion:
        """The criterion. Raises UsageError and FormulaError."""
        weight = None if self.weight is None else parse(self.weight, library)
        return Criterion(norm_named(self.norm, sampled=False), weight, self.relative, self.of)


@dataclass(frozen=True)
class Criterion:
    """What is made small, in which norm.

    weight: a formula of x that multiplies the error. relative: the error is divided by the size of
    the target (of its slope, where slopes count). of: the error itself, its derivative, or both,
    the larger of which counts in the max norm and the sum of which in an integral. samples: the
    inputs over which a sampled norm is the mean.
    """

    norm: Norm = MAX
    weight: Node | None = None
    relative: bool = False
    of: str = "value"
    samples: Samples | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.of not in PARTS:
            raise UsageError(
                f"What is fitted is one of {', '.join(PARTS)}; it cannot be {self.of!r}."
            )
        if self.norm.sampled and self.samples is None:
            raise UsageError(
                f"The norm {self.norm} is the mean over inputs as they occur, and there are none.",
                "Give them with {data}.",
                data=None,
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

    def words(self) -> str:
        """What is made small, in words for a message or a table: `weighted error`, say."""
        what = {"value": "error", "slope": "slope error", "both": "error or slope error"}[self.of]
        return " ".join(
            [*["relative"] * self.relative, *["weighted"] * (self.weight is not None), what]
        )
