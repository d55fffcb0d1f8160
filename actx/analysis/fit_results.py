"""What a fit returns: plain, frozen records, as in `results`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from actx.analysis.results import Errors, Interval


@dataclass(frozen=True)
class Alternation:
    """A point where what a fit makes small has a local extremum of (nearly) the largest size.

    of: whether it is the error's ("value") or that of its slope.
    """

    x: float
    error: float
    of: str = "value"


class Optimality(StrEnum):
    """What is known of fitted values in the max norm."""

    GLOBAL = "global"  # no values are better
    LOCAL = "local"  # every small change is for the worse, by alternation
    STATIONARY = "stationary"  # no small change is better to first order
    SEARCHED = "searched"  # only that no start led to better ones


@dataclass(frozen=True)
class Certificate:
    """What shows that fitted values are the best.

    points: how many points the largest error is reached at; needed: how many it takes to prove a
    local optimum. balance: the places of those points, with shares (adding up to 1) by which the
    error's gradients there cancel out.
    """

    optimality: Optimality
    points: int
    needed: int
    detail: str
    balance: tuple[tuple[float, float], ...] = ()


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
    """A set of parameter values to put beside a fit: another norm's optimum, or the registry's."""

    label: str = ""
    parameters: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Fit(Errors):
    """The best parameters of a template (`actx fit`).

    objective: what was made small, in `norm`: the error, or what `criterion` says of it.
    """

    template: str = ""
    target: str = ""
    domain: Interval = (0.0, 0.0)
    norm: str = ""
    criterion: str = "error"
    parameters: dict[str, float] = field(default_factory=dict)
    objective: float = 0.0
    alternation: tuple[Alternation, ...] = ()
    certificate: Certificate | None = None
    requirements: tuple[Met, ...] = ()
    rounded: RoundedFit | None = None
    formula: str = ""
    variants: tuple[FitVariant, ...] = ()
    notes: tuple[str, ...] = ()
