"""What a fit returns: plain, frozen records, as in `results`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from actx.analysis.results import DataErrors, Errors
from actx.core.domain import Ends
from actx.core.views import Pictured


@dataclass(frozen=True)
class Alternation:
    """A point where what a fit makes small has a local extremum of (nearly) the largest size.

    of: whether it is the error's ("value") or that of its slope.
    """

    x: float
    error: float
    of: str = "value"


class Optimality(StrEnum):
    """What is proven of fitted values; nothing but a lower bound in balls gives such a word."""

    GLOBAL = "global"  # no values are better by more than PROVEN
    LOCAL = "local"  # no values near are better
    SEARCHED = "searched"  # only that no start led to better ones


PROVEN = 1e-6  # a gap up to which values are called the best of all


@dataclass(frozen=True)
class Bound:
    """What any parameter values reach at least, beside what the fitted ones reach.

    lower: proven, nothing below it can be reached; 0 where nothing is proven. upper: proven, of the
    fitted values. gap: (upper - lower)/upper. over: which values the bound holds for, in words. by:
    "alternation", "boxes", "duality" (in an integral norm), or "none".
    """

    lower: float
    upper: float
    gap: float
    over: str
    by: str

    @staticmethod
    def between(lower: float, upper: float, over: str, by: str) -> Bound:
        """The bound with its gap. A target that is reached leaves none."""
        if not math.isfinite(upper):
            return Bound(lower, upper, 1.0, over, by)
        return Bound(lower, upper, (upper - lower) / upper if upper > 0 else 0.0, over, by)

    @property
    def optimality(self) -> Optimality:
        """What may be said of the fitted values."""
        proven = self.by != "none" and self.gap <= PROVEN
        return Optimality.GLOBAL if proven else Optimality.SEARCHED


@dataclass(frozen=True)
class Certificate:
    """What shows that fitted values are the best.

    points: how many points the largest error is reached at; needed: how many a strict optimum has.
    """

    optimality: Optimality
    points: int
    needed: int
    detail: str


@dataclass(frozen=True)
class Met:
    """A requirement on a fit, and by how much it fails at the fitted values (0: it holds)."""

    text: str
    off_by: float


@dataclass(frozen=True)
class RoundedFit:
    """What came of restricting a fit's coefficients to numbers that can be represented.

    grid: what they are restricted to, in words; texts: the values exactly. loss: by which part the
    objective rises over that of the optimum; plain_loss: the same for the optimum rounded value by
    value (infinite where requirements fail then). complete: whether the search went through all
    values that could be better; tries: the fits that it took.
    """

    grid: str
    texts: dict[str, str]
    loss: float
    plain_loss: float
    complete: bool
    tries: int


@dataclass(frozen=True)
class FitVariant(Errors):
    """A set of parameter values to put beside a fit: another norm's optimum, or the registry's.

    endless: parameters that grow without end, and have the value at which the search stopped.
    """

    label: str = ""
    parameters: dict[str, float] = field(default_factory=dict)
    endless: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Fit(Pictured, Errors):
    """The best parameters of a template (`actx fit`).

    objective: what was made small, in `norm`: the error, or what `criterion` says of it. endless:
    parameters that grow without end, of which `parameters` has where the search stopped, and the
    formula and the errors as well. data: the error over inputs, where some were given.
    """

    template: str = ""
    target: str = ""
    target_formula: str = ""
    domain: Ends = (0.0, 0.0)
    norm: str = ""
    criterion: str = "error"
    parameters: dict[str, float] = field(default_factory=dict)
    endless: tuple[str, ...] = ()
    objective: float = 0.0
    alternation: tuple[Alternation, ...] = ()
    bound: Bound | None = None
    certificate: Certificate | None = None
    requirements: tuple[Met, ...] = ()
    rounded: RoundedFit | None = None
    formula: str = ""
    variants: tuple[FitVariant, ...] = ()
    notes: tuple[str, ...] = ()
    budget: float | None = None
    data: DataErrors | None = None
