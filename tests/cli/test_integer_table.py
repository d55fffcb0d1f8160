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
        "table", "x*sigmoid(x)", "--input", "int8:0.05,0", "--output", "int8:0.04,-100", "-o",
        str(path),
    )  # fmt: skip
    assert again == told
    head, *lines = path.read_text().splitlines()
    assert head == "index,entry"
    assert [int(line.split(",")[1]) for line in lines] == told["integers"]


def test_code_is_written_into_a_file_or_printed(tmp_path: Path) -> None:
    asked = ("table", "tanh", "--input", "q3.4", "--output", "q0.7", "--segments", "8")
    path = tmp_path / "tanh.v"
    assert run(*asked, "--to", "verilog", "--name", "act", "-o", str(path)).stdout == f"{path}\n"
    assert path.read_text() == run(*asked, "--to", "verilog", "--name", "act").stdout
    assert "module act (" in path.read_text()
    told = run_json(*asked, "--to", "c")
    assert told["language"] == "c"
    assert "static const int8_t" in told["code"]
    assert run(*asked, "--to", "csv").stdout.startswith("index,entry\n")
    assert run_json(*asked, "--to", "json") == run_json(*asked)


def test_hardware_of_a_table_of_numbers(tmp_path: Path) -> None:
    """Pieces anywhere, in fixed point that is chosen or given."""
    path = tmp_path / "mish.v"
    asked = ("table", "mish", "--segments", "5", "--domain", "-4:4")
    assert run(*asked, "--to", "verilog", "-o", str(path)).stdout == f"{path}\n"
    assert "in fixed point" in path.read_text()
    code = run(*asked, "--to", "verilog", "--input", "q2.13", "--output", "q2.13").stdout
    assert code == path.read_text()
    told = run_json(*asked, "--input", "q2.9", "--output", "q3.8")
    assert (told["input"]["name"], told["output"]["name"]) == ("q2.9", "q3.8")
    assert told["reached"]["error"][1] < told["real"] + 2**-8
    text = run(*asked, "--input", "q2.9", "--output", "q3.8").stdout
    assert "not rounded" in text
    assert max(map(len, text.splitlines())) <= 80
    rows = run(*asked, "--input", "q2.9", "--output", "q3.8", "--to", "csv").stdout.splitlines()
    assert rows[0] == "start,e0,e1"
    assert [int(row.split(",")[0]) for row in rows[1:]] == told["starts"]


def test_fraction_bits_are_asked_for() -> None:
    asked = ("table", "tanh", "--input", "q3.12", "--output", "q0.15", "--segments", "64")
    told = run_json(*asked, "--fraction-bits", "4", "--rounding", "nearest-even")
    assert (told["fraction_bits"], told["rounding"]) == (4, "nearest-even")
    assert told["reached"]["error"][1] > run_json(*asked)["reached"]["error"][1]


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
        (("--input", "int8:0.1", "-o", "a.gif"), ".png"),
        (("--rounding", "truncate"), "--input"),
        (("--like", "tosa-int16", "--require", "smooth"), "neither"),
        (("--like", "tosa-int16", "--fraction-bits", "3"), "its own number"),
        (("--input", "int8:0.1", "--fraction-bits", "3"), "go with segments"),
        (("--input", "int8:0.1", "--segments", "8", "--fraction-bits", "6"), "1 to 5"),
        (("--input", "int8:0.1", "--output", "int9:0.1"), "not known"),
        (("--input", "int8:0.1", "--output", "a.csv", "-o", "b.csv"), "Two files"),
        (("--input", "int8:0.1", "--to", "jax"), "verilog"),
        (("--input", "int8:0.1", "--to", "onnx"), "where it goes"),
        (("--input", "int8:0.1", "--to", "c", "-o", "nowhere/a.c"), "no folder"),
        (("--input", "int8:0.1", "--name", "act"), "--to asks for"),
        (("--segments", "4", "--knots", "free", "--input", "q3.12", "--to", "jax"), "fixed point"),
        (("--segments", "4", "--degree", "2", "--input", "int8:0.1"), "q3.12"),
        (("--input", "q4.12"), "it is q3.12 here"),
        (("--input", "int8:1e-320"), "The scale 9.99989e-321 of int8"),
    ],
)
def test_what_cannot_be_is_refused(given: tuple[str, ...], told: str) -> None:
    assert told in refused("table", "mish", *given)


def test_a_function_without_a_value_is_refused() -> None:
    assert "no finite value" in run("table", "log(x)", "--input", "int8:0.1").stderr
