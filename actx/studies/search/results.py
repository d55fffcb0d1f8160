"""What a search returns: plain, frozen records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from actx.core.domain import Interval
from actx.core.views import Pictured
from actx.fitting.problem.criterion import CriterionText
from actx.fitting.results import Bound, Optimality


@dataclass(frozen=True)
class Outcome:
    """What came of one formula of a family.

    name: the family's, and what tells the formula from others of it. error: in what was asked to
    be made small, norm, weight and all. max_error: sup|error| without weights, reached or
    approached at max_error_at. bound: what any parameters or coefficients reach at least, in the
    max norm; optimality: whether that proves the family's optimum, which a bound for the knots
    that were found does not. reason: why there is no formula, or why it is not what it is called,
    empty where it is; broken: because of an error in actx, so that it is worth another try.
    """

    name: str
    family: str
    formula: str = ""
    parameters: Mapping[str, float] = field(default_factory=dict)
    error: float = math.inf
    max_error: float = math.inf
    max_error_at: float = math.nan
    smoothness: str = ""
    bound: Bound | None = None
    optimality: Optimality | None = None
    notes: tuple[str, ...] = ()
    reason: str = ""
    broken: bool = False


@dataclass(frozen=True)
class Candidate(Outcome):
    """A formula with its cost.

    dominated_by: the formula on the front that costs no more and has no larger error; None for one
    on the front itself.
    """

    cost: float = math.inf
    dominated_by: str | None = None
    source: str = ""


@dataclass(frozen=True)
class Failure:
    """A formula that was not found, has no cost or is not what it is called, and why.

    formula: what came out, if anything did.
    """

    name: str
    family: str
    reason: str
    formula: str = ""


@dataclass(frozen=True)
class Known:
    """A formula of the registry, to put beside those that were found."""

    name: str
    formula: str
    error: float
    cost: float


@dataclass(frozen=True, repr=False)
class SearchResult(Pictured, CriterionText):
    """The best of each family (`actx search`).

    norm, weight, relative, of: what was made small, as for a fit. cost_unit: what costs are
    measured in. front: by rising cost; each is better than all that cost no more. dominated: by
    error. shapes: what the target looks like, and left_out: the families for other targets, where
    no families were named.
    """

    target: str
    target_formula: str
    domain: Interval
    seed: int
    cost_unit: str
    front: tuple[Candidate, ...]
    dominated: tuple[Candidate, ...]
    failed: tuple[Failure, ...]
    known: tuple[Known, ...] = ()
    shapes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    budget: float | None = None
