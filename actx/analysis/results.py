"""What an analysis returns: plain, frozen records.

What a command answers with is `Shown`: it knows how it was asked for. budget: seconds for proofs,
None where none were asked for.

Longer than other files: what one command answers with holds what others do.

Positions and values are floats in the units of the formula (x is the input of the activation,
y its output); an infinite position or value is `inf` or `-inf`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from actx.core.domain import Ends, Interval, excluded, within
from actx.core.views import Pictured, Shown

if TYPE_CHECKING:
    from actx.analysis.type_results import Quantisation, TypeErrors
    from actx.calculus.cost import OperationCount

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

    excluded: the ends of that interval which do not belong to it, the value there being another.
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

    derived: ClassVar[tuple[str, ...]] = ("excluded",)
    excluded = property(lambda self: excluded(self.x))


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

    @property
    def line(self) -> tuple[float, float] | None:
        """Slope and intercept of the asymptote, None where there is none."""
        if self.intercept is None or not all(map(math.isfinite, (self.slope, self.intercept))):
            return None
        return self.slope, self.intercept


@dataclass(frozen=True)
class Tails:
    """Both tails; None for an end that is finite."""

    left: Tail | None
    right: Tail | None


@dataclass(frozen=True)
class Undecided:
    """A stretch in which it could not be proven that a list is complete."""

    what: str  # "extrema", "zeros", "kinks", or "smoothness" where those shown are proven
    x: Interval


@dataclass(frozen=True)
class Derivatives:
    """The first, second and third derivative; NaN for one that does not exist or is not known.

    enclosures: proven, None where nothing is.
    """

    values: tuple[float, ...]
    enclosures: tuple[Interval | None, ...]


@dataclass(frozen=True)
class PointValues:
    """A function's value and derivatives at x.

    left, right: where pieces meet, the derivatives from each side; `both` then has those that the
    sides share, up to the first that jumps.
    """

    x: float
    value: float
    value_enclosure: Interval | None
    both: Derivatives
    left: Derivatives | None = None
    right: Derivatives | None = None

    hidden: ClassVar[tuple[str, ...]] = ("value_enclosure", "both")
    derived: ClassVar[tuple[str, ...]] = ("derivatives", "enclosure")

    derivatives = property(lambda self: self.both.values, doc="Those that the function has there.")

    @property
    def enclosure(self) -> Mapping[str, object]:
        """What is proven of value and derivatives."""
        return {"value": self.value_enclosure, "derivatives": self.both.enclosures}


@dataclass(frozen=True, repr=False)
class Exploration(Pictured):
    """One formula in full (`actx show`); operations: what it costs to run.

    lipschitz: sup|f'|, infinite where f jumps: the Lipschitz constant on each interval of the
    domain. None where it cannot be told. zeros_excluded: for each of the zeros, if it is an
    interval, the ends that do not belong to it. at: values and derivatives at points that were
    asked for.
    """

    name: str
    formula: str
    domain: Ends
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
    lipschitz: MaxSlopeError | None = None
    at: tuple[PointValues, ...] = ()
    budget: float | None = None

    derived: ClassVar[tuple[str, ...]] = ("zeros_excluded", "range")
    zeros_excluded = property(lambda self: tuple(map(excluded, self.zeros)))
    range = property(lambda self: (self.minimum.y, self.maximum.y), doc="inf f and sup f.")


@dataclass(frozen=True, repr=False)
class KinkReport(Pictured):
    """The kinks of one formula up to `max_order` (`actx kinks`)."""

    formula: str
    domain: Ends
    max_order: int
    kinks: tuple[Kink, ...]
    smoothness: str
    undecided: tuple[Undecided, ...] = ()
    budget: float | None = None


@dataclass(frozen=True)
class MaxError:
    """sup|error|, the x where it is reached or approached, and the error's value there.

    ties: other places where it is reached as well, as far as TIE can tell. x_enclosure: proven to
    hold a place where it is reached or approached, None where nothing is.
    """

    value: float
    x: float
    signed: float
    enclosure: Interval | None = None
    proven: bool = False
    ties: tuple[float, ...] = ()
    x_enclosure: Interval | None = None


@dataclass(frozen=True)
class MaxSlopeError:
    """sup|error'| and where; the enclosures are proven, None where nothing is."""

    value: float
    x: float
    enclosure: Interval | None = None
    x_enclosure: Interval | None = None


@dataclass(frozen=True)
class Size:
    """An integral norm of an error, as JSON has it: NAME_error, and NAME_enclosure.

    enclosure: proven, [inf, inf] of what is proven infinite; None where nothing is.
    """

    error: float
    enclosure: Interval | None = None


@dataclass(frozen=True)
class Errors:
    """The error candidate - target: sup|e|, and its integral norms by their names.

    They are those of `actx.core.norms`: ∫|e|dx, sqrt(∫e²dx), sqrt(E e²) with x ~ N(0,1).
    """

    max_error: MaxError
    norms: Mapping[str, Size]

    l1_error = property(lambda self: self.norms["l1"].error)
    l2_error = property(lambda self: self.norms["l2"].error)
    gauss_error = property(lambda self: self.norms["gauss"].error)
    l1_enclosure = property(lambda self: self.norms["l1"].enclosure)
    l2_enclosure = property(lambda self: self.norms["l2"].enclosure)
    gauss_enclosure = property(lambda self: self.norms["gauss"].enclosure)

    def size(self, name: str) -> Size:
        """The error in the norm of a name, with its enclosure."""
        if name == "max":
            return Size(self.max_error.value, self.max_error.enclosure)
        return self.norms[name]


@dataclass(frozen=True)
class RelativeError(MaxSlopeError):
    """sup |e|/|target| and where, 0 where both are 0; the enclosures are proven.

    at_zero: infinite there, since the target is 0 and the error is not.
    """

    at_zero: bool = False


@dataclass(frozen=True)
class DataErrors:
    """The error over inputs as they really occur: root mean square, mean |e|, max |e|; computed."""

    rms: float
    mean_abs: float
    max: float
    count: int


@dataclass(frozen=True)
class ComparisonRow(Errors):
    """One candidate against the target.

    relative_error: None where it was left out. data: over inputs, where some were given. dtype: the
    errors in a number type, where one was asked for. cost: time relative to relu, where a file of
    measured costs was given and has the formula. integral: ∫e, None where ∫|e| is not finite;
    length: of the domain, None for infinity. From them and the norms comes what the error is on
    average, None on an infinite domain: rms_error is √(∫e²/length), mean_error ∫e/length, l1_mean
    ∫|e|/length.
    """

    name: str = ""
    formula: str = ""
    max_slope_error: MaxSlopeError = field(kw_only=True)
    minimum: Extremum = field(kw_only=True)
    kinks: tuple[Kink, ...] = field(kw_only=True)
    smoothness: str = field(kw_only=True)
    undecided: tuple[Undecided, ...] = ()
    notes: tuple[str, ...] = ()
    dtype: TypeErrors | Quantisation | None = None
    cost: float | None = None
    relative_error: RelativeError | None = None
    data: DataErrors | None = None
    integral: Size | None = None
    length: Fraction | None = None

    hidden: ClassVar[tuple[str, ...]] = ("integral", "length")
    derived: ClassVar[tuple[str, ...]] = (
        "rms_error",
        "rms_enclosure",
        "mean_error",
        "mean_enclosure",
        "l1_mean",
        "l1_mean_enclosure",
    )

    @cached_property
    def means(self) -> Mapping[str, Size]:
        """What the error is on average, by names as in JSON; none on an infinite domain."""
        if self.length is None:
            return {}
        found = {"rms": per_length(self.norms["l2"], self.length, 2)}
        if self.integral is not None:
            found["mean"] = per_length(self.integral, self.length)
        return found | {"l1_mean": per_length(self.norms["l1"], self.length)}

    def _mean(self, name: str, what: str) -> Any:
        return getattr(self.means[name], what) if name in self.means else None

    rms_error = property(lambda self: self._mean("rms", "error"))
    rms_enclosure = property(lambda self: self._mean("rms", "enclosure"))
    mean_error = property(lambda self: self._mean("mean", "error"))
    mean_enclosure = property(lambda self: self._mean("mean", "enclosure"))
    l1_mean = property(lambda self: self._mean("l1_mean", "error"))
    l1_mean_enclosure = property(lambda self: self._mean("l1_mean", "enclosure"))


def per_length(size: Size, length: Fraction, power: int = 1) -> Size:
    """An integral of a power of the error by the length that it is over, and the root of that."""
    scale = float(length) ** (1 / power)
    if size.enclosure is None or math.isinf(size.error):
        return Size(size.error / scale, size.enclosure)
    from flint import ctx

    from actx.calculus.proven.enclose import exact_ball, hull, outward
    from actx.core.budget import PRECISION

    with ctx.workprec(PRECISION):
        by = exact_ball(length)
        enclosure = outward(hull(*size.enclosure) / (by if power == 1 else by.sqrt()))
    return Size(within(size.error / scale, enclosure), enclosure)


@dataclass(frozen=True, repr=False)
class Comparison(Pictured):
    """Candidates against a target, by max_error, smallest first (`actx compare`).

    relative: by relative_error.
    """

    target: str
    target_formula: str
    domain: Ends
    rows: tuple[ComparisonRow, ...]
    notes: tuple[str, ...] = ()
    budget: float | None = None
    relative: bool = False

    hidden: ClassVar[tuple[str, ...]] = ("relative",)


class Answer(StrEnum):
    """What is known of a statement."""

    PROVEN = "proven"
    DISPROVEN = "disproven"
    UNDECIDED = "undecided"


@dataclass(frozen=True, repr=False)
class Verdict(Shown):
    """The answer to a statement (`actx prove`).

    witness: an x at which a disproven statement fails (infinite: approached only there). enclosure:
    of the supremum or infimum that the statement is about. equal_at: enclosures of the points at
    which both sides of an inequality are equal. sides: enclosures of both sides at the witness.
    points: the two or three points that show together that a property fails.
    """

    statement: str
    answer: Answer
    detail: str
    witness: float | None = None
    enclosure: Interval | None = None
    domain: Ends = (-math.inf, math.inf)
    budget: float | None = None
    equal_at: tuple[Interval, ...] = ()
    sides: tuple[Interval, Interval] | None = None
    points: tuple[float, ...] = ()
