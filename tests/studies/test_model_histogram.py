"""A histogram of numbers that pass by is that of all of them, in whatever order they come."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import network, written
from numpy.typing import NDArray

from actx.studies.model.histogram import CELLS, Gatherings, Histogram

FLOATS = st.floats(-(2.0**100), 2.0**100, width=32)


def _of(*parts: object) -> Histogram:
    made = Histogram()
    for part in parts:
        made.add(np.asarray(part, dtype=np.float32))
    return made


@settings(max_examples=150)
@given(st.lists(st.lists(FLOATS, min_size=1, max_size=20), min_size=1, max_size=6))
def test_it_does_not_depend_on_the_order(parts: list[list[float]]) -> None:
    forwards, backwards = _of(*parts), _of(*parts[::-1])
    every = [number for part in parts for number in part]
    together = _of(every)
    for other in (backwards, together):
        assert (forwards.width, forwards.first) == (other.width, other.first)
        assert (forwards.cells == other.cells).all()
        assert (forwards.count, forwards.least) == (other.count, other.least)
    assert forwards.cells.size <= CELLS
    numbers = np.sort(np.array(every, np.float32).astype(np.float64))
    counts = np.bincount(
        (np.floor(numbers / forwards.width) - forwards.first).astype(int), minlength=CELLS
    )
    assert (counts[: forwards.cells.size] == forwards.cells).all()
    assert (forwards.least, forwards.greatest) == (numbers[0], numbers[-1])
    for share in (0.001, 0.3, 0.5, 0.9, 1.0):
        lo, hi = forwards.quantile(share)
        assert lo <= np.quantile(numbers, share, method="inverted_cdf") <= hi
    size = max(abs(numbers[0]), abs(numbers[-1]), 1e-30)
    assert forwards.mean == pytest.approx(numbers.mean(), abs=1e-12 * size)
    assert forwards.spread / len(numbers) == pytest.approx(
        numbers.var(), rel=1e-9, abs=1e-20 * size**2
    )


def test_what_is_no_finite_number_is_counted_apart() -> None:
    made = _of([1, np.nan, 2], [np.inf, -np.inf], [3])
    assert (made.count, made.others, made.least, made.greatest) == (3, 3, 1, 3)


def test_bars_hold_all_numbers() -> None:
    made = _of(np.random.default_rng(0).normal(size=10_000))
    lower, width, counts = made.bars(48)
    assert 24 <= len(counts) <= 48
    assert sum(counts) == 10_000
    assert lower <= made.least < lower + width
    assert lower + width * (len(counts) - 1) <= made.greatest < lower + width * len(counts)


def test_memory_does_not_grow_with_the_numbers() -> None:
    """Millions of numbers whose span grows a thousand times on the way."""
    made = Histogram()
    rng = np.random.default_rng(1)
    for scale in np.geomspace(1e-3, 1, 40):
        made.add((rng.normal(size=100_000) * scale).astype(np.float32))
        assert made.cells.size <= CELLS
    assert made.count == 4_000_000


def test_gathering_loses_nothing() -> None:
    """Arrays of all sizes and types, small ones together."""
    rng = np.random.default_rng(0)
    kinds = {"half": np.float16, "single": np.float32, "double": np.float64}
    made, every = Gatherings(kinds), {name: [] for name in kinds}
    for size in (1, 40_000, 7, 20_000, 3, 16_384, 16_384, 16_385, 2, 100_000, 200_000):
        parts = {name: rng.normal(size=size).astype(kind) for name, kind in kinds.items()}
        made.add(parts, lasting=size % 2 == 0)
        for name, part in parts.items():
            every[name].append(part.astype(np.float64))
            part *= size % 2 == 0  # what does not last was taken by now
    for name, found in made.taken().items():
        _check(found, np.concatenate(every[name]))
    assert {found.count for found in made.taken().values()} == {0}


def _check(found: Histogram, wanted: NDArray[np.float64]) -> None:
    assert (found.count, found.least, found.greatest) == (
        wanted.size,
        wanted.min(),
        wanted.max(),
    )
    places = np.floor(wanted / found.width).astype(int) - found.first
    assert (np.bincount(places, minlength=found.cells.size) == found.cells).all()
    x, counts = found.middles()
    assert np.average(x, weights=counts) == pytest.approx(wanted.mean(), abs=found.width / 2)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_a_small_spread_about_a_large_mean_is_not_lost(kind: type) -> None:
    numbers = (1000 + np.random.default_rng(0).normal(size=300_000)).astype(kind)
    made = Histogram()
    made.add(numbers)
    wide = numbers.astype(np.float64)
    assert made.mean == pytest.approx(wide.mean(), rel=1e-14)
    assert made.spread / len(wide) == pytest.approx(wide.var(), rel=1e-12)


def test_threads_fill_what_one_would() -> None:
    rng = np.random.default_rng(0)
    made, alone = Gatherings("abc", 3), {name: Histogram() for name in "abc"}
    for size in (10, 200_000, 1_000_000, 7):
        arrays = {name: rng.normal(size=size).astype(np.float32) for name in "abc"}
        made.add(arrays)
        for name, numbers in arrays.items():
            alone[name].add(numbers)
    for name, found in made.taken().items():
        assert (found.count, found.least, found.greatest, found.first, found.width) == (
            alone[name].count, alone[name].least, alone[name].greatest, alone[name].first,
            alone[name].width,
        )  # fmt: skip
        assert (found.cells == alone[name].cells).all()
        assert found.spread == pytest.approx(alone[name].spread, rel=1e-12)


_PEAK = """
import resource, sys
import actx
(place,) = actx.model(*sys.argv[1:]).activations
print(place.inputs.count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.long
def test_memory_does_not_grow_with_the_data(tmp_path: Path) -> None:
    """Ten times as much of it, in a file; the peak is that of a process of its own."""
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    net = written(network([("Mul", "xA", "m"), ("Tanh", "m", "y")], {"A": 1.5}, shape=("n", 1000)),
                  tmp_path)  # fmt: skip
    peaks = []
    for examples in (10_000, 100_000):
        file = tmp_path / f"{examples}.npy"
        np.lib.format.open_memmap(file, "w+", np.float32, (examples, 1000)).flush()
        command = [sys.executable, "-c", _PEAK, str(net), str(file)]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        count, peak = map(int, done.stdout.split())
        assert count == 1000 * examples
        peaks.append(peak)
    assert peaks[1] < peaks[0] + 32_000  # kilobytes; the file has 400,000
