"""Integer formats, rounding by shifts and values at every input, against plain Python and mpmath.

Proves: a format's integers stand for what its text says; shifts round as they are named; the
enclosures of values hold the truth, and rounding it decides ties and values next to them.
"""

from __future__ import annotations

import math
import time
from fractions import Fraction

import numpy as np
import pytest
from mpmath import mp, mpf

import actx
from actx.calculus.reading import read_formulas
from actx.core.errors import AnalysisError, UsageError
from actx.language.tree import Node
from actx.precision.lookup.formats import IntegerFormat, covering, integer_format
from actx.precision.lookup.results import IntegerTable
from actx.precision.lookup.rules import Rounding, direct, interpolated, rounding, shifted
from actx.precision.lookup.truth import truth


def tree(text: str) -> Node:
    return read_formulas([text], None, None)[0].bound


def test_fixed_point_counts_its_sign_beside_its_bits() -> None:
    q = integer_format("q4.11")
    assert (q.bits, q.lowest, q.highest, q.exact) == (16, -32768, 32767, Fraction(1, 2048))
    assert q.value(-32768) == -16


def test_a_scale_is_the_decimal_that_is_written() -> None:
    given = integer_format(" UINT8:0.05,17 ")
    assert (given.lowest, given.highest) == (0, 255)
    assert given.value(255) == Fraction(238, 20)
    assert integer_format(given.spec) == given


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("int8:0", "above 0"),
        ("int8:-0.5", "above 0"),
        ("int8:nan", "above 0"),
        ("int8:inf", "above 0"),
        ("int8:0.1,128", "none of the integers"),
        ("int8:0.1,1.5", "no integer"),
        ("int8:x", "no number"),
        ("int8", "no scale"),
        ("int9:0.1", "not known"),
        ("q30.30", "61 bits"),
        ("", "not known"),
    ],
)
def test_what_is_no_format_gets_a_paragraph(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        integer_format(text)


@pytest.mark.parametrize("name", ["int8", "uint8", "int16", "uint16"])
def test_a_covering_format_reaches_its_range_and_has_0(name: str) -> None:
    given = covering(name, -3.0, 5.0)
    lo, hi = given.ends
    assert given.value(given.zero) == 0
    assert lo <= -3 + given.scale
    assert hi >= 5 - given.scale


@pytest.mark.parametrize("bits", [1, 3, 7])
def test_shifts_round_as_they_are_named(bits: int) -> None:
    values = list(range(-700, 700))
    exact = [Fraction(v, 2**bits) for v in values]
    expected = {
        Rounding.TRUNCATE: [math.floor(v) for v in exact],
        Rounding.HALF_UP: [math.floor(v + Fraction(1, 2)) for v in exact],
        Rounding.NEAREST_EVEN: [round(v) for v in exact],
        Rounding.HALF_AWAY: [
            math.copysign(1, v) * math.floor(abs(v) + Fraction(1, 2)) for v in exact
        ],
    }
    for how, wanted in expected.items():
        assert shifted(np.array(values, dtype=np.int64), bits, how).tolist() == wanted


def test_an_unknown_rounding_is_refused() -> None:
    with pytest.raises(UsageError, match="nearest-even"):
        rounding("up")


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("mish", lambda x: x * mp.tanh(mp.log1p(mp.exp(x)))),
        ("expm1(x)-x", lambda x: mp.expm1(x) - x),
        ("hard-swish", lambda x: x * min(max(x + 3, 0), 6) / 6),
        ("abs(x)", abs),
    ],
)
def test_enclosures_hold_the_values(text: str, function) -> None:  # type: ignore[no-untyped-def]
    given, output = integer_format("int8:0.05,3"), integer_format("int16:0.001,-7")
    known = truth(tree(text), given, output)
    with mp.workdps(50):
        for k, q in enumerate(range(-128, 128)):
            v = function(mpf(q - 3) / 20) * 1000 - 7
            assert known.lo[k] <= v <= known.hi[k]
            assert known.nearest[k] == int(mp.nint(v))
    assert np.max(known.hi - known.lo) < 1e-6


def test_ties_at_decimals_are_decided_exactly() -> None:
    """x/2 at odd integers is a tie, though neither scale is a binary number."""
    given, output = integer_format("int8:0.1"), integer_format("int8:0.2")
    nearest = truth(tree("max(x, 0)"), given, output).nearest
    assert nearest.tolist() == [round(Fraction(max(q, 0), 2)) for q in range(-128, 128)]


def test_16_000_ties_are_decided_in_little_time() -> None:
    known = truth(tree("max(x, 0)"), integer_format("int16:0.1"), integer_format("int16:0.2"))
    start = time.process_time()
    assert known.nearest[:: 1 << 14].tolist() == [0, 0, 0, 8192]
    assert time.process_time() - start < 10


def test_values_next_to_a_tie_are_not_taken_for_one() -> None:
    shifted_up = truth(tree("x/2 + 1e-30"), integer_format("int8:1"), integer_format("int8:1"))
    assert shifted_up.nearest.tolist() == [math.floor(Fraction(q + 1, 2)) for q in range(-128, 128)]


def test_an_input_without_a_value_is_told() -> None:
    with pytest.raises(AnalysisError, match="value"):
        truth(tree("1/x"), integer_format("int8:1"), integer_format("int8:1"))


def test_a_rule_finds_entries_by_the_top_bits() -> None:
    given = IntegerFormat("int8", 8, -128, 127, 1.0)
    rule = interpolated(given, given, 8, Rounding.HALF_UP)
    table = np.array([-128, -96, -64, -32, 0, 32, 64, 96, 127], dtype=np.int64)
    expected = []
    for q in range(-128, 128):
        above = q + 128
        base, step = int(table[above // 32]), int(table[above // 32 + 1] - table[above // 32])
        expected.append((base * 32 + step * (above % 32) + 16) // 32)
    assert rule.outputs(table).tolist() == expected


@pytest.mark.parametrize(("segments", "told"), [(6, "1, 2, 4"), (0, "1, 2, 4"), (256, "more than")])
def test_segments_that_cannot_be(segments: int, told: str) -> None:
    given = integer_format("int8:1")
    with pytest.raises(UsageError, match=told):
        interpolated(given, given, segments, Rounding.HALF_UP)


def test_a_direct_table_is_met_as_it_stands() -> None:
    given = integer_format("uint8:1")
    assert direct(given, given).outputs(np.arange(256)[::-1]).tolist() == list(range(255, -1, -1))


@pytest.mark.parametrize("segments", [None, 16])
def test_values_far_beyond_the_output_are_clamped(segments: int | None) -> None:
    """1e30 x has the sign of x and nothing else, in 8 bits."""
    found = actx.integer_table("1e30*x", input="int8:0.1,0", output="int8:0.1,0", segments=segments)
    assert found.reached.sign
    if segments is None:
        assert found.integers == (-128,) * 128 + (0,) + (127,) * 127
    lo, hi = found.reached.error
    assert lo <= 12.8e30 - 12.8 <= hi * (1 + 1e-12)


def test_values_that_cannot_be_told_in_last_places_are_refused() -> None:
    with pytest.raises(AnalysisError, match="too large"):
        actx.integer_table("1e307*x", input="int8:0.1,0", output="int8:0.01,0")


def test_errors_and_the_range_over_inputs_as_they_occur() -> None:
    """Against every input in plain arithmetic, and symmetric ranges of all sizes."""
    x = np.append(np.random.default_rng(3).normal(-0.5, 0.8, 4000), [40.0])

    def rms(table: IntegerTable) -> float:
        given, out = table.input, table.output
        q = np.clip(np.rint(x / given.scale) + given.zero, -128, 127).astype(int)
        y = (table.outputs[q + 128] - out.zero) * out.scale
        return float(np.sqrt(np.mean((y - np.tanh(x)) ** 2)))

    found = actx.integer_table("tanh", input="int8", data=x)
    assert found.data is not None
    assert found.data.rms == pytest.approx(rms(found), rel=1e-9)
    assert found.data.count == 4001
    reaches = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 40.0)
    others = [actx.integer_table("tanh", input="int8", input_range=(-r, r)) for r in reaches]
    assert found.data.rms < min(map(rms, others))
    given = actx.integer_table("tanh", input="int8", input_range=(-2, 2), data=x)
    assert given.data is not None
    assert given.data.rms == pytest.approx(rms(others[2]), rel=1e-9)
