"""A function of a fixed-point type as integers alone, by the smallest table that is near enough."""

from __future__ import annotations

import numpy as np

from actx.calculus.formula import Formula
from actx.core.errors import UsageError
from actx.precision.lookup.formats import FIXED, IntegerFormat, Integers, input_format
from actx.precision.lookup.results import IntegerTable
from actx.precision.lookup.rules import Rounding
from actx.precision.lookup.study import Asked, integer_table

_FEW = 10  # bits of which each has an entry of its own
_SEGMENTS = [1 << bits for bits in range(4, 13)]
_OFF = 1  # last places that an output may be off the one that is rounded correctly


def fixed_point(dtype: str) -> IntegerFormat:
    """The format of a type. Raises UsageError.

    qI.F has a sign, I bits before and F after the point. Where I and F are 16 together, as no
    type of 17 bits exists, I counts the sign, as in Arm's convention.
    """
    found = FIXED.match(dtype.strip().lower())
    if found is None:
        raise UsageError(f"{dtype!r} is no type of fixed point, such as q3.12.")
    whole, fraction = int(found["whole"]), int(found["fraction"])
    return input_format(f"q{whole - (whole + fraction == 16 and whole > 0)}.{fraction}")


def table_in(formula: Formula, dtype: str) -> IntegerTable:
    """The smallest table from a type to itself whose outputs are right, or one beside.

    Entries for every input, all rounded correctly, where there are few inputs or where no lines
    between fewer entries come as near, as where the function jumps. Raises UsageError, and
    AnalysisError where the function has no value at an input.
    """
    spec = fixed_point(dtype).spec
    every = _table(formula, spec, None)
    if every.input.bits <= _FEW:
        return every
    right = _outputs(every)
    for segments in (count for count in _SEGMENTS if 2 * count < every.inputs):
        found = _table(formula, spec, segments)
        if np.abs(_outputs(found) - right).max() <= _OFF:
            return found
    return every


def _outputs(table: IntegerTable) -> Integers:
    """What comes out for every input."""
    return table.rule.outputs(np.array(table.integers))


def _table(formula: Formula, spec: str, segments: int | None) -> IntegerTable:
    asked = Asked(spec, spec, None, None, segments, Rounding.HALF_UP, None, (), None)
    return integer_table(formula, asked)
