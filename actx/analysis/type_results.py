"""The errors of a formula in a number type: plain, frozen records, as in `results`."""

from __future__ import annotations

from dataclasses import dataclass

from actx.core.domain import Interval


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
