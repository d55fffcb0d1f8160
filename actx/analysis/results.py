"""What an analysis returns: plain, frozen records that print nothing.

Positions and values are floats in the units of the formula (x is the input of the activation,
y its output); an infinite position or value is `inf` or `-inf`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actx.cost.count import OperationCount

Interval = tuple[float, float]
NORMS = ("max", "l2", "l1", "gauss")  # of an error: sup|e|, sqrt(∫e²), ∫|e|, sqrt(E e²)
TIE = 1e-13  # extreme values that agree to this part of their size cannot be told apart


class Kind(StrEnum):
    """How an extremum comes about (DESIGN, JSON contract)."""

    INTERIOR = "interior"  # the derivative vanishes there
    KINK = "kink"  # at a breakpoint
    BOUNDARY = "boundary"  # at a finite end of the domain
    PLATEAU = "plateau"  # on a whole interval
    LIMIT = "limit"  # approached, not attained
    UNBOUNDED = "unbounded"  # the values have no bound


@dataclass(frozen=True)
class Enclosure:
    """Intervals that are proven to hold the place and the value of an extremum."""

    x: Interval
    y: Interval


@dataclass(frozen=True)
class Extremum:
    """A minimum or maximum; `x` is an interval when `kind` is a plateau.

    enclosure: what is known by proof, None where no proof was asked for; proven: whether it is
    complete, and not only as far as the budget went. ties: other places where a global extremum is
    reached as well, as far as TIE can tell.
    """

    x: float | Interval
    y: float
    kind: Kind
    enclosure: Enclosure | None = None
    proven: bool = False
    ties: tuple[float, ...] = ()


@dataclass(frozen=True)
class KinkEnclosure:
    """Intervals that are proven to hold a kink's place, one-sided derivatives and jump."""

    x: Interval
    left: Interval
    right: Interval
    jump: Interval


@dataclass(frozen=True)
class Kink:
    """A breakpoint where the derivative of order `order` (0: the value) jumps by right - left."""

    x: float
    order: int
    left: float
    right: float
    jump: float
    enclosure: KinkEnclosure | None = None
    proven: bool = False


@dataclass(frozen=True)
class Tail:
    """The behaviour towards one infinite end.

    slope: lim f(x)/x, possibly infinite; intercept: lim f(x) - slope*x, infinite where there is no
    asymptote, None where the slope is infinite; growth: the leading term as text, e.g. `x^2`.
    """

    slope: float
    intercept: float | None
    growth: str


@dataclass(frozen=True)
class Tails:
    """Both tails; None for an end that is finite."""

    left: Tail | None
    right: Tail | None


@dataclass(frozen=True)
class Undecided:
    """A stretch in which it could not be proven that a list is complete."""

    what: str  # "extrema", "zeros" or "kinks"
    x: Interval


@dataclass(frozen=True)
class Exploration:
    """One formula in full (`actx show`); operations: what it costs to run."""

    name: str
    formula: str
    domain: Interval
    minimum: Extremum
    maximum: Extremum
    minima: tuple[Extremum, ...]
    maxima: tuple[Extremum, ...]
    zeros: tuple[float | Interval, ...]
    kinks: tuple[Kink, ...]
    smoothness: str
    tails: Tails
    zero_enclosures: tuple[Interval | None, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    notes: tuple[str, ...] = ()
    operations: OperationCount | None = None


@dataclass(frozen=True)
class KinkReport:
    """The kinks of one formula up to `max_order` (`actx kinks`)."""

    formula: str
    domain: Interval
    max_order: int
    kinks: tuple[Kink, ...]
    smoothness: str
    undecided: tuple[Undecided, ...] = ()


@dataclass(frozen=True)
class MaxError:
    """sup|error|, the x where it is reached or approached, and the error's value there.

    ties: other places where it is reached as well, as far as TIE can tell.
    """

    value: float
    x: float
    signed: float
    enclosure: Interval | None = None
    proven: bool = False
    ties: tuple[float, ...] = ()


@dataclass(frozen=True)
class MaxSlopeError:
    """sup|error'| and where."""

    value: float
    x: float


@dataclass(frozen=True)
class Errors:
    """The error candidate - target: sup|e|, ∫|e|dx, sqrt(∫e²dx), sqrt(E e²) with x ~ N(0,1)."""

    max_error: MaxError
    l1_error: float
    l2_error: float
    gauss_error: float


@dataclass(frozen=True)
class Deviation:
    """The largest size of an error over the numbers of a type, its place, and its sign there."""

    value: float
    x: float
    signed: float


@dataclass(frozen=True)
class Break:
    """A stretch of numbers, from first to last, at which a computed value is lost.

    gives: "nan", "inf" or "-inf", where the true value is a finite number of the type. count: the
    numbers in it.
    """

    first: float
    last: float
    gives: str
    count: int


@dataclass(frozen=True)
class TypeErrors:
    """A candidate computed in a floating-point type, each operation rounded, against the target.

    values: numbers looked at; exhaustive: whether these are all finite numbers of the type in the
    domain. max_error: computed candidate - target; formula_error: exact candidate - target;
    rounding_error: computed - exact candidate, and rounding_ulps the same in units of the type's
    distance of numbers there; None where no value is finite. The errors are those where nothing
    breaks. further_breaks: numbers in stretches beyond those listed. unknown: numbers at which the
    exact value could not be found, or is none.
    """

    name: str
    exhaustive: bool
    values: int
    max_error: Deviation | None
    formula_error: Deviation | None
    rounding_error: Deviation | None
    rounding_ulps: Deviation | None
    breaks: tuple[Break, ...]
    further_breaks: int = 0
    unknown: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quantiser:
    """What an integer q stands for: scale·(q - zero_point)."""

    scale: float
    zero_point: int


@dataclass(frozen=True)
class Quantisation:
    """A candidate between quantised input and output, as a table of 256 entries computes it.

    max_error: dequantised output - target at the 256 inputs; formula_error: exact candidate -
    target there; rounding_error: dequantised output - exact candidate. mean_error and
    mean_rounding: the means of the first and the third in size. overall_error: dequantised output -
    target at every x of the range, which holds the rounding of the input as well.
    """

    name: str
    input_range: Interval
    input: Quantiser
    output: Quantiser
    values: int
    max_error: Deviation
    formula_error: Deviation
    rounding_error: Deviation
    overall_error: Deviation
    mean_error: float
    mean_rounding: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComparisonRow(Errors):
    """One candidate against the target.

    dtype: the errors in a number type, where one was asked for. cost: time relative to relu, where
    a file of measured costs was given and has the formula.
    """

    name: str = ""
    formula: str = ""
    max_slope_error: MaxSlopeError = field(kw_only=True)
    minimum: Extremum = field(kw_only=True)
    kinks: tuple[Kink, ...] = field(kw_only=True)
    smoothness: str = field(kw_only=True)
    notes: tuple[str, ...] = ()
    dtype: TypeErrors | Quantisation | None = None
    cost: float | None = None


@dataclass(frozen=True)
class Comparison:
    """Candidates against a target, by max_error, smallest first (`actx compare`)."""

    target: str
    target_formula: str
    domain: Interval
    rows: tuple[ComparisonRow, ...]
    notes: tuple[str, ...] = ()


class Answer(StrEnum):
    """What is known of a statement."""

    PROVEN = "proven"
    DISPROVEN = "disproven"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Verdict:
    """The answer to a statement (`actx prove`).

    witness: an x at which a disproven statement fails (infinite: approached only there). enclosure:
    of the supremum or infimum that the statement is about.
    """

    statement: str
    answer: Answer
    detail: str
    witness: float | None = None
    enclosure: Interval | None = None


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
