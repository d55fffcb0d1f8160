"""`actx table` with integers in a process of its own: what it prints, writes and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import refused, run, run_json


def test_output_is_a_format_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "silu.csv"
    told = run_json("table", "x*sigmoid(x)", "--input", "int8:0.05,0", "--output", "int8:0.04,-100")
    assert (told["output"]["scale"], told["output"]["zero"]) == (0.04, -100)
    again = run_json(
        "table", "x*sigmoid(x)", "--input", "int8:0.05,0", "--output-format", "int8:0.04,-100",
        "-o", str(path),
    )  # fmt: skip
    assert again == told
    head, *lines = path.read_text().splitlines()
    assert head == "index,entry"
    assert [int(line.split(",")[1]) for line in lines] == told["integers"]


def test_a_range_is_looked_for() -> None:
    text = run("table", "tanh", "--like", "tosa-int16", "--input-range", "auto").stdout
    assert "was searched for" in text
    assert "no other entries" in text


def test_monotone_entries_are_asked_for() -> None:
    told = run_json("table", "sigmoid", "--like", "nvdla", "--require", "monotone")
    assert told["reached"]["monotone"] is True


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--input", "int8:0"), "above 0"),
        (("--input", "int8:0.1", "--segments", "256"), "more than"),
        (("--input", "int8:0.1", "--domain", "-3:3"), "--domain"),
        (("--input", "int8:0.1", "-o", "a.png"), "no picture"),
        (("--rounding", "truncate"), "--input"),
        (("--like", "tosa-int16", "--require", "smooth"), "neither"),
    ],
)
def test_what_cannot_be_is_refused(given: tuple[str, ...], told: str) -> None:
    assert told in refused("table", "mish", *given)


def test_a_function_without_a_value_is_refused() -> None:
    assert "no finite value" in run("table", "log(x)", "--input", "int8:0.1").stderr
