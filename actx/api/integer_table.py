"""Tables of integers for a formula, as chips look functions up: of entries, and of pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from actx.api.asking import DomainLike, domain_of
from actx.calculus.formula import Formula, read_formula
from actx.calculus.reading import Values, read_formulas
from actx.core.alone import alone
from actx.core.domain import Domain
from actx.core.samples import Samples
from actx.registry import Registry

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from actx.fitting.tables.results import BestTable
    from actx.precision.lookup.fixed import FixedTable
    from actx.precision.lookup.results import IntegerTable


@alone()
def integer_table(
    formula: str | Formula,
    *,
    input: str | None = None,
    output: str | None = None,
    input_range: DomainLike | None = None,
    like: str | None = None,
    segments: int | None = None,
    rounding: str = "half-up",
    fraction_bits: int | None = None,
    require: Sequence[str] = (),
    data: ArrayLike | str | Path | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
) -> IntegerTable:
    """The best table from integers to integers, and its exact error: every input is evaluated.

    input, output: int8, uint8, int16 or uint16 with scale and zero point, as in "int8:0.05,0" for
    0.05·(q - 0), or fixed point, "q4.11"; without a scale it follows from input_range (default
    -8:8; "auto" looks for the best) and from the values. An input has at most 16 bits. like: a
    published format, "tflite-int8", "tflite-int16", "tosa-int16", "nvdla" or "hls4ml", whose own
    entries are told beside the best. segments: lines between entries, a power of two, found by the
    top bits; without them there is one entry an input. rounding: of the interpolation, "half-up",
    "nearest-even", "truncate" or "half-away". fraction_bits: how many of the bits below
    interpolate, None for all. require: "monotone", "f(0) = 0". data: inputs as they really occur,
    an array or a file: the errors over them are told, and where there is no scale and no range,
    that with the least root mean square over them is looked for.
    Raises UsageError, DomainError, AnalysisError, FitError, and otherwise as `show`.
    """
    from actx.precision.lookup.rules import rounding as rounding_of
    from actx.precision.lookup.study import Asked
    from actx.precision.lookup.study import integer_table as made

    reach = input_range
    if reach is not None and reach != "auto":
        reach = domain_of(reach).one_interval("An input range")
    asked = Asked(
        input, output, reach, like, segments, rounding_of(rounding), fraction_bits, tuple(require),
        None if data is None else Samples.of(data),
    )  # fmt: skip
    return made(read_formulas([formula], set, registry)[0], asked)


@alone()
def fixed_table(
    table: BestTable, *, input: str | None = None, output: str | None = None
) -> FixedTable:
    """A table that `actx.table` found, in fixed point, and its exact error there.

    input, output: formats such as "q3.12"; without them 16 bits, as many after the point as domain
    and values leave. Every input is evaluated, so the error is exact: the table's own, and what
    rounding its entries and outputs makes of it. Code is made of it by `actx.export`.
    Raises UsageError where formats do not suit the table, and AnalysisError where the function has
    no value at an input that counts.
    """
    from actx.fitting.tables.results import pieces_in_words
    from actx.precision.lookup.fixed import fixed_table as made

    open_ends = (not table.ends[0], not table.ends[1])
    return made(
        replace(read_formula(table.formula), name=table.name),
        table.exact,
        pieces_in_words(table.segments, table.degree, table.smooth),
        Domain.of(table.domain),
        open_ends,
        table.beyond,
        (table.bound.upper, table.max_error.value, table.max_error.proven),
        input,
        output,
    )
