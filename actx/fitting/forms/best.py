"""What the best-approximation engines take and return.

`fit_rational` and `fit_spline` (in `rational` and `splines`) have one result shape, `BestFit`: the
formula with exact coefficients, its largest error enclosed by proof, the points at which the error
reaches it, and a proven lower bound on the error of everything else of the same kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from actx.core.domain import Domain, Interval
from actx.fitting.horner import Part
from actx.fitting.results import Alternation
from actx.language.text import to_text
from actx.language.tree import (
    Node,
)


@dataclass(frozen=True)
class Condition:
    """The derivative of that order (0: the value itself) at x is `value`, exactly."""

    x: Fraction
    order: int
    value: Fraction

    def __str__(self) -> str:
        place = f"{float(self.x):g}"
        what = f"f{chr(39) * self.order}" if self.order < 4 else f"f^({self.order})"
        return f"{what}({place}) = {float(self.value):g}"


@dataclass(frozen=True)
class BestFit:
    """A best approximation in the max norm, weighted or not.

    formula: exact; on the domain only, or on the whole line where it was asked to go on outside.
    error: the largest |error| (times weight) on the domain; enclosure: proven to hold it, None
    where that could not be proven. least: proven, no formula of the kind has a smaller error.
    alternation: where the (weighted) error is largest, with its value candidate - target there.
    parts: the formula's pieces from left to right, and the breaks between them.
    optimal: whether the proven bounds show that the error is the least one to 1e-9 of its size.
    """

    formula: Node
    kind: str
    domain: Domain
    error: float
    enclosure: Interval | None
    least: float
    alternation: tuple[Alternation, ...]
    parts: tuple[Part, ...]
    breaks: tuple[Fraction, ...]
    certificate: str
    optimal: bool

    @property
    def text(self) -> str:
        """The formula as text that parses back to it."""
        return to_text(self.formula)
