"""The best entries against brute force over all tables, and what is required of them.

Proves: the word best holds where all tables of a small format were tried; a search is never worse
than rounded values; requirements are kept.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import actx
from actx.calculus.reading import read_formulas
from actx.language.tree import Node
from actx.precision.lookup.entries import Demands, best_entries, lower_bound
from actx.precision.lookup.formats import IntegerFormat, Integers, covering, integer_format
from actx.precision.lookup.rules import (
    Rounding,
    Rule,
    Stretch,
    direct,
    interpolated,
    with_outputs,
)
from actx.precision.lookup.truth import Truth, truth


def tree(text: str) -> Node:
    return read_formulas([text], None, None)[0].bound


def error(rule: Rule, known: Truth, table: Integers) -> float:
    y = rule.outputs(table)
    return float(np.max(np.maximum(y - known.lo, known.hi - y)))


def brute(given: IntegerFormat, segments: int, bits: int, how: str, values: np.ndarray) -> float:
    """The least largest error over every table of 4-bit entries, by plain arithmetic."""
    above = np.arange(2**given.bits)
    width = 2**given.bits // segments
    index, t = above // width, above % width
    best = np.inf
    tail = np.array(list(itertools.product(range(-8, 8), repeat=segments)))
    for first in range(-8, 8):
        tables = np.column_stack([np.full(len(tail), first), tail])
        wide = tables[:, index] * width + (tables[:, index + 1] - tables[:, index]) * t
        y = {"truncate": wide // width, "half-up": (2 * wide + width) // (2 * width), "": wide}[how]
        best = min(
            best, float(np.abs(np.clip(y, -8 * bits, 8 * bits - 1) - values).max(axis=1).min())
        )
    return best


@pytest.mark.parametrize("text", ["tanh", "x*sigmoid(x)", "exp(-x^2)", "abs(x)-1"])
@pytest.mark.parametrize(
    ("inputs", "segments", "how"),
    [("q2.3", 2, "truncate"), ("q2.3", 2, "half-up"), ("q1.2", 4, "half-up")],
)
def test_no_table_at_all_is_better_than_the_best(
    text: str, inputs: str, segments: int, how: str
) -> None:
    given = integer_format(inputs)  # 64 inputs, or 16
    output = integer_format("q1.2")  # 16 integers
    known = truth(tree(text), given, output)
    rule = interpolated(given, output, segments, Rounding(how))
    found = best_entries(rule, known)
    least = brute(given, segments, 1, how, known.middle)
    assert error(rule, known, found.table) >= least - 1e-9
    if found.best:
        assert found.error == pytest.approx(least, abs=1e-9)
    assert error(rule, known, found.table) == found.error
    assert lower_bound(rule, known, found) <= least
    assert lower_bound(rule, known, replace(found, best=False)) <= least


def test_bests_are_claimed_where_they_can_be() -> None:
    """Fine tables of smooth functions are proven: the requirement of the formats in use."""
    given = covering("int16", -8, 8)
    for text in ("mish", "tanh", "sigmoid"):
        known = truth(tree(text), given, covering("int16", -8.1, 8.1))
        assert best_entries(interpolated(given, known.output, 512, Rounding.HALF_UP), known).best


def test_bits_that_are_kept_are_counted() -> None:
    given, output = integer_format("q2.3"), integer_format("q1.2")
    wide = IntegerFormat("wide", 9, -256, 255, output.scale / 32)
    rule = interpolated(given, output, 2, Rounding.HALF_UP)
    rule = replace(with_outputs(rule, 5), output=wide)
    known = truth(tree("tanh"), given, wide)
    found = best_entries(rule, known)
    assert found.best
    assert found.error == pytest.approx(brute(given, 2, 32, "", known.middle), abs=1e-9)


@pytest.mark.parametrize("segments", [2, 4, 16, 64])
def test_a_search_is_not_worse_than_rounded_values(segments: int) -> None:
    given = covering("int16", -8, 8)
    output = covering("int16", -8.1, 8.1)
    known = truth(tree("mish"), given, output)
    rule = interpolated(given, output, segments, Rounding.HALF_UP)
    plain = np.append(known.nearest[:: 65536 // segments], known.nearest[-1])
    found = best_entries(rule, known)
    assert found.error < error(rule, known, plain)
    assert 0.85 * found.error < lower_bound(rule, known, found) <= found.error
    assert error(rule, known, found.table) == found.error


def test_shared_entries_lie_in_the_middle_of_their_values() -> None:
    given, output = integer_format("int8:0.05"), integer_format("int8:0.01")
    rule = replace(direct(given, output), count=16, stretches=(Stretch(127, -128, 4, 0),))
    known = truth(tree("tanh"), given, output)
    found = best_entries(rule, known)
    cells = known.middle.reshape(16, 16)
    for k, cell in enumerate(cells):
        worst = [np.abs(entry - cell).max() for entry in range(-128, 128)]
        assert np.abs(found.table[k] - cell).max() == pytest.approx(min(worst), abs=1e-9)


def test_requirements_are_kept() -> None:
    given = covering("int16", -8, 8)
    known = truth(tree("tanh"), given, covering("int16", -1.01, 1.01))
    rule = interpolated(given, known.output, 128, Rounding.TRUNCATE)
    free = best_entries(rule, known)
    held = best_entries(rule, known, Demands(1, True))
    y = rule.outputs(held.table)
    assert np.all(np.diff(y) >= 0)
    assert y[32768] == 0
    assert held.error >= free.error


@pytest.mark.parametrize(
    "asked",
    [
        {"input": "int8:0.05,3", "output": "int8:0.01,-2"},
        {"input": "q3.12", "output": "q0.15", "segments": 64, "rounding": "truncate"},
        {"input": "q3.8", "output": "q0.7", "segments": 16, "fraction_bits": 3},
        {"like": "tflite-int16"},
        {"like": "tosa-int16"},
        {"like": "hls4ml"},
    ],
)
def test_both_requirements_are_kept_in_every_output(asked: dict[str, Any]) -> None:
    made = actx.integer_table("tanh", require=["monotone", "f(0) = 0"], **asked)
    assert np.all(np.diff(made.outputs) >= 0)
    assert made.outputs[made.input.zero - made.input.lowest] == made.output.zero
    assert (made.reached.monotone, made.reached.zero) == (True, True)
    free = actx.integer_table("tanh", **asked)
    assert made.reached.error[1] >= free.reached.error[0]
