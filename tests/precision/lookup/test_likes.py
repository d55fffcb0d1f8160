"""Published formats against loops over all inputs, written here from their own texts.

Proves: entries and outputs of every format are those that its rules give, integer by integer, and
the errors that are told are those of the loop. Everything in the loops is plain Python: integers,
and the functions of `math`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from lookups import (
    clamp,
    hls4ml_lookup,
    nvdla_exponential,
    nvdla_lookup,
    segment_lookup,
)

import actx
from actx.calculus.reading import read_formulas
from actx.core.errors import ActxError
from actx.precision.lookup.formats import integer_format
from actx.precision.lookup.likes import like
from actx.precision.lookup.results import IntegerTable, Reached

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
}


def c_round(v: float) -> int:
    """C's round: ties away from 0."""
    return int(math.copysign(math.floor(abs(v) + 0.5), v))


def same(told: Reached, made: IntegerTable, name: str, outputs: Sequence[int]) -> None:
    """The error of outputs, by a loop, is the error that is told."""
    f, scale, zero = FUNCTIONS[name], made.output.scale, made.output.zero
    worst = 0.0
    for q, y in zip(range(made.input.lowest, made.input.highest + 1), outputs, strict=True):
        value = f((q - made.input.zero) * made.input.scale)
        worst = max(worst, abs((y - zero) * scale - value))
    lo, hi = told.error
    assert lo - 1e-14 <= worst <= hi + 1e-14
    assert hi - lo < 1e-6 * scale


def tflite_entries(f: Callable[[float], float], scale: float, out: float) -> list[int]:
    lowest, highest = scale * -32768, scale * 32767
    step, table = (highest - lowest) / 512, []
    for i in range(512):
        here, after = f(lowest + i * step) / out, f(lowest + (i + 1) * step) / out
        middle = c_round(f(lowest + i * step + step / 2) / out)
        bias = c_round((c_round((after + c_round(here)) / 2) - middle) / 2)
        table.append(clamp(c_round(here) - bias, 16))
    return [*table, clamp(c_round(f(highest) / out), 16)]


@pytest.mark.parametrize("name", ["mish", "tanh", "relu"])
def test_tflite_int8(name: str) -> None:
    made = actx.integer_table(name, like="tflite-int8", input="int8:0.06,-5", output="int8:0.05,9")
    entries = [
        clamp(c_round(FUNCTIONS[name]((q + 5) * 0.06) / 0.05) + 9, 8) for q in range(-128, 128)
    ]
    assert list(made.published_integers or ()) == entries
    assert made.published is not None
    same(made.published, made, name, entries)
    same(made.reached, made, name, made.integers)


@pytest.mark.parametrize("name", ["mish", "tanh", "sigmoid", "relu"])
def test_tflite_int16(name: str) -> None:
    made = actx.integer_table(name, like="tflite-int16")
    own = tflite_entries(FUNCTIONS[name], made.input.scale, made.output.scale)
    assert made.published is not None
    assert list(made.published_integers or ()) == own
    same(made.published, made, name, segment_lookup(own, 7, 64))
    same(made.reached, made, name, segment_lookup(made.integers, 7, 64))
    assert made.best
    assert made.reached.error[1] <= made.published.error[0]


@pytest.mark.parametrize("name", ["mish", "sigmoid"])
def test_tosa_int16(name: str) -> None:
    made = actx.integer_table(name, like="tosa-int16")
    assert (made.output.bits, made.output.scale) == (32, made.entries.scale / 128)
    own = tflite_entries(FUNCTIONS[name], made.input.scale, made.entries.scale)
    assert made.published is not None
    assert list(made.published_integers or ()) == own
    same(made.published, made, name, segment_lookup(own, 0, 0))
    same(made.reached, made, name, segment_lookup(made.integers, 0, 0))


def test_the_tosa_lookup_of_counted_entries_counts_inputs() -> None:
    """Entries 0, 1 … 512 give q + 32768, as a test of IREE's has it (tosa_ops/table.mlir)."""
    one = integer_format("int16:1")
    rule, _, _ = like("tosa-int16").make(read_formulas(["x"], None, None)[0].bound, one, one)
    assert rule.outputs(np.arange(513)).tolist() == list(range(65536))


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_nvdla(name: str) -> None:
    made = actx.integer_table(name, like="nvdla", input="int16:0.0006")
    f, step, out = FUNCTIONS[name], made.input.scale, made.output.scale

    def entries(select: int) -> list[int]:
        raw = [-32768 + (k << 10) for k in range(65)]
        dense = [-(128 << select) + (k << select) for k in range(257)]
        return [clamp(c_round(f(q * step) / out), 16) for q in raw + dense]

    def worst(select: int) -> float:
        outputs = nvdla_lookup(entries(select), select)
        return max(abs(y * out - f(q * step)) for q, y in enumerate(outputs, -32768))

    select = min(range(9), key=worst)
    assert f"over {256 << select} inputs" in made.lookup
    assert made.published is not None
    assert list(made.published_integers or ()) == entries(select)
    same(made.published, made, name, nvdla_lookup(entries(select), select))
    same(made.reached, made, name, nvdla_lookup(made.integers, select))


@pytest.mark.parametrize(
    ("text", "f"),
    [("log(max(x, 0.0006))", lambda x: math.log(max(x, 0.0006))),
     ("1/sqrt(x + 19.7)", lambda x: 1 / math.sqrt(x + 19.7))],
)  # fmt: skip
def test_nvdla_exponential(text: str, f: Callable[[float], float]) -> None:
    """A steep rise at 0 or at the lowest input is what the exponential mode is for."""
    made = actx.integer_table(text, like="nvdla", input="int16:0.0006")
    step, out = made.input.scale, made.output.scale
    found = re.search(r"above input (-?\d+), 257 \(LO\) over (\d+) inputs", made.lookup)
    assert found is not None
    start, select = int(found[1]), int(found[2]).bit_length() - 9
    assert start == (0 if "max" in text else -32768)
    places = [min(start + (1 << min(k, 17)), 32768) for k in range(65)]
    places += [-(128 << select) + (k << select) for k in range(257)]
    own = [clamp(c_round(f(q * step) / out), 16) for q in places]
    assert list(made.published_integers or ()) == own
    for told, table in ((made.published, own), (made.reached, made.integers)):
        assert told is not None
        outputs = nvdla_exponential(table, select, start)
        worst = max(abs(y * out - f(q * step)) for q, y in enumerate(outputs, -32768))
        assert told.error[0] - 1e-13 <= worst <= told.error[1] + 1e-13


@pytest.mark.parametrize(("name", "reach"), [("sigmoid", 8), ("tanh", 4)])
def test_hls4ml(name: str, reach: int) -> None:
    made = actx.integer_table(name, like="hls4ml")
    f = FUNCTIONS[name]
    own = [
        math.floor(f(2 * reach * (k - 512) / 1024) * 1024) for k in range(1024)
    ]  # ap_fixed<18, 8> keeps 10 bits after the point and cuts off the rest

    assert made.published is not None
    assert list(made.published_integers or ()) == own
    same(made.published, made, name, hls4ml_lookup(own, reach))
    same(made.reached, made, name, hls4ml_lookup(made.integers, reach))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"like": "tosa"}, "tflite-int8"),
        ({"like": "tosa-int16", "input": "int8:0.1"}, "inputs of int16"),
        ({"like": "tosa-int16", "input": "int16:0.001,5"}, "zero points of 0"),
        ({"like": "tosa-int16", "segments": 8}, "its own number"),
        ({"like": "hls4ml", "input": "int16:0.1"}, "inputs of q5.10"),
        ({"like": "hls4ml", "output": "q2.13"}, "10 bits after the point"),
        ({}, "needs its input format"),
        ({"input": "q8.20"}, "at most 16"),
        ({"input": "int8:0.1", "input_range": "-3:3"}, "has its range"),
        ({"input": "int8:0.1", "require": ["monotone"]}, "neither rises nor falls"),
        ({"input": "int8:0.1", "require": ["smooth"]}, "neither"),
        ({"input": "int8", "input_range": "0:inf"}, "two finite ends"),
        ({"input": "int8:0.1", "rounding": "up"}, "nearest-even"),
    ],
)
def test_bad_input_gets_a_paragraph(asked: dict[str, object], told: str) -> None:
    with pytest.raises(ActxError, match=told):
        actx.integer_table("mish", **asked)  # type: ignore[arg-type]


def test_rows_are_the_entries() -> None:
    made = actx.integer_table("tanh", input="q0.3", output="q0.7")
    assert [row["entry"] for row in made.table()] == list(made.integers)


def test_values_that_would_wrap_around_are_refused() -> None:
    with pytest.raises(ActxError, match="wrap"):
        actx.integer_table("exp(x)", like="hls4ml")


def test_a_range_that_is_looked_for_is_better_than_those_beside_it() -> None:
    """By a loop over real inputs: half and twice the range are worse."""
    made = actx.integer_table("tanh", input="int8", input_range="auto")

    def off(scale: float) -> float:
        out = 1 / 127
        worst = 0.0
        for k in range(-8000, 8001):
            x = k / 1000
            q = min(max(round(x / scale), -128), 127)
            worst = max(worst, abs(round(math.tanh(q * scale) / out) * out - math.tanh(x)))
        return worst

    here = off(made.input.scale)
    assert here < 0.75 * off(2 * made.input.scale)
    assert here < 0.75 * off(made.input.scale / 2)
