"""Code for tables of integers, run over every input: each output is the one that is reported.

The report's outputs are those of plain Python lookups (tests/oracles/lookups.py), and the code is
compiled by gcc and g++, simulated by Icarus Verilog, or imported. C++ is compiled with ap_int.h
and ap_fixed.h of tests/oracles/hls, which wrap as the types of a synthesiser do.
"""

from __future__ import annotations

import ctypes
import math
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import compiled, module
from lookups import (
    between,
    hls4ml_lookup,
    nvdla_exponential,
    nvdla_lookup,
    segment_lookup,
)

import actx
from actx.codegen.integers import LANGUAGES, OF_PIECES
from actx.codegen.result import Export
from actx.core.errors import UsageError
from actx.precision.lookup.fixed import FixedTable
from actx.precision.lookup.results import IntegerTable

HEADERS = Path(__file__).parents[1] / "oracles" / "hls"
CASES: dict[str, tuple[str, dict[str, Any], Callable[[IntegerTable], list[int]]]] = {
    "bytes": ("mish", {"input": "int8:0.05,3", "output": "int8:0.04,-100"}, lambda t: entries(t)),
    "unsigned": ("mish", {"input": "uint8:0.05,99", "output": "uint8:0.05,7"},
                 lambda t: entries(t)),
    "words": ("tanh", {"input": "q2.9", "output": "q0.6"}, lambda t: entries(t)),
    "tflite": ("mish", {"like": "tflite-int16"}, lambda t: segment_lookup(t.integers, 7, 64)),
    "tosa": ("sigmoid", {"like": "tosa-int16"}, lambda t: segment_lookup(t.integers, 0, 0)),
    "nvdla": ("tanh", {"like": "nvdla", "input": "int16:0.0006"},
              lambda t: nvdla_lookup(t.integers, select(t))),
    "exponential": ("log(max(x, 0.0006))", {"like": "nvdla", "input": "int16:0.0006"},
                    lambda t: nvdla_exponential(t.integers, select(t), 0)),
    "hls4ml": ("tanh", {"like": "hls4ml"}, lambda t: hls4ml_lookup(t.integers, 4)),
    "narrow": ("sigmoid", {"like": "hls4ml", "input": "q5.3", "output": "q5.10"},
               lambda t: hls4ml_lookup(t.integers, 8, 3, 9)),
    "even": ("mish", {"input": "int16:0.0003,5", "output": "int16:0.0004", "segments": 64,
                      "rounding": "nearest-even", "fraction_bits": 6},
             lambda t: between(t.integers, -32768, 16, 6, "nearest-even")),
    "cut": ("tanh", {"input": "uint16:0.0001,30000", "output": "uint8:0.01,128", "segments": 16,
                     "rounding": "truncate"},
            lambda t: between(t.integers, 0, 16, 12, "truncate")),
    "up": ("sigmoid", {"input": "q3.8", "output": "q0.15", "segments": 32, "fraction_bits": 1},
           lambda t: between(t.integers, -2048, 12, 1, "half-up")),
    "away": ("tanh", {"input": "int8:0.04", "output": "q0.15", "segments": 4,
                      "rounding": "half-away"},
             lambda t: between(t.integers, -128, 8, 6, "half-away")),
}  # fmt: skip
MADE: dict[str, IntegerTable] = {}


def entries(table: IntegerTable) -> list[int]:
    return list(table.integers)


def select(table: IntegerTable) -> int:
    found = re.search(r"\(LO\) over (\d+) inputs", table.lookup)
    assert found is not None
    return int(found[1]).bit_length() - 9


def made(case: str) -> IntegerTable:
    if case not in MADE:
        formula, asked, _ = CASES[case]
        MADE[case] = actx.integer_table(formula, **asked)
    return MADE[case]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("case", CASES)
def test_outputs_are_those_of_a_plain_lookup(case: str) -> None:
    assert made(case).outputs.tolist() == CASES[case][2](made(case))


def numpy(code: Export, table: IntegerTable, folder: Path) -> np.ndarray:
    return getattr(module(code, folder), code.name)(table.input.integers.astype(held(table.input)))


def torch(code: Export, table: IntegerTable, folder: Path) -> np.ndarray:
    torch = pytest.importorskip("torch")
    name = "".join(part.capitalize() for part in code.name.split("_"))
    layer = getattr(module(code, folder), name)()
    return layer(torch.from_numpy(table.input.integers)).numpy()


def onnx(code: Export, table: IntegerTable, folder: Path) -> np.ndarray:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(code.content, providers=["CPUExecutionProvider"])
    return session.run(None, {"q": table.input.integers.astype(held(table.input))})[0]


def c(code: Export, table: IntegerTable | FixedTable, folder: Path) -> np.ndarray:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    library = compiled(code, folder)
    loop = getattr(library, f"{code.name}_array")
    loop.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    loop.restype = None
    given = table.input.integers.astype(held(table.input))
    result = np.empty(given.size, dtype=held(table.output))
    loop(given.ctypes.data, result.ctypes.data, given.size)
    return result


def verilog(code: Export, table: IntegerTable | FixedTable, folder: Path) -> list[int]:
    """The module under a testbench written here, beside the one that the file brings."""
    if shutil.which("iverilog") is None:
        pytest.skip("Icarus Verilog is not installed")
    path = folder / f"{code.name}.v"
    path.write_text(code.code or "")
    told = simulated(path, "-DTESTBENCH")
    assert told == [f"all {table.input.integers.size} inputs agree"]
    clocks = 2 if isinstance(table, FixedTable) or table.fraction_bits else 1
    signs = ["signed" if each.lowest < 0 else "" for each in (table.input, table.output)]
    own = folder / "own.v"
    own.write_text(f"""
        module own;
            reg clk = 0;
            reg {signs[0]} [{table.input.bits - 1}:0] x;
            wire {signs[1]} [{table.output.bits - 1}:0] y;
            {code.name} tried (.clk(clk), .x(x), .y(y));
            integer k, j;
            initial for (k = {table.input.lowest}; k <= {table.input.highest}; k = k + 1) begin
                x = k;
                for (j = 0; j < {clocks}; j = j + 1) begin #1 clk = 1; #1 clk = 0; end
                $display("%0d", y);
            end
        endmodule""")
    return [int(line) for line in simulated(path, str(own))]


def simulated(path: Path, *more: str) -> list[str]:
    out = path.with_suffix(".vvp")
    run = ["iverilog", "-g2001", "-Wall", "-o", str(out), str(path), *more]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    warned = [w for w in done.stderr.splitlines() if "timescale" not in w and "sensitive" not in w]
    assert done.returncode == 0
    assert warned == []
    return subprocess.run(
        ["vvp", "-n", str(out)], capture_output=True, text=True, check=True
    ).stdout.splitlines()


def hls(code: Export, table: IntegerTable | FixedTable, folder: Path) -> list[int]:
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    (folder / "table.h").write_text(code.code or "")
    main, program = folder / "main.cpp", folder / "main"
    bits = [each.bits - 1 for each in (table.input, table.output)]
    whole = f"ap_{'u' if table.output.lowest >= 0 else ''}int<{table.output.bits}>"
    main.write_text(f"""
        #include "table.h"
        #include <cstdio>
        int main() {{
            for (long q = {table.input.lowest}; q <= {table.input.highest}; q++) {{
                {code.name}_input x;
                ap_int<32> bits = q;
                x.range({bits[0]}, 0) = bits.range({bits[0]}, 0);
                {code.name}_output y = {code.name}(x);
                {whole} whole;
                whole.range({bits[1]}, 0) = y.range({bits[1]}, 0);
                std::printf("%ld\\n", (long)whole);
            }}
        }}""")
    flags = ["-std=c++11", "-O1", "-Wall", "-Wno-unknown-pragmas", "-Werror", f"-I{HEADERS}"]
    done = subprocess.run(
        ["g++", *flags, "-o", str(program), str(main)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout
    return [int(line) for line in told.split()]


def held(of: Any) -> str:
    bits = next(bits for bits in (8, 16, 32) if of.bits <= bits)
    return f"{'u' if of.lowest >= 0 else ''}int{bits}"


RUN = {"c": c, "numpy": numpy, "torch": torch, "onnx": onnx, "verilog": verilog, "hls": hls}


PIECES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "halving": ({"segments": 16}, {}),
    "shift": ({"segments": 16, "knots": "uniform"}, {"output": "q4.7"}),
    "indices": ({"segments": 12, "knots": "powers", "domain": "-6:6", "left": "none"}, {}),
    "narrow": ({"segments": 8, "degree": 2, "smooth": 1}, {"input": "q3.6", "output": "q2.9"}),
    "cubic": ({"segments": 3, "degree": 3, "smooth": -1, "domain": "-3:4"}, {}),
    "steps": ({"segments": 9, "degree": 0}, {"input": "q3.4", "output": "q3.4"}),
    "one": ({"segments": 1, "domain": "-1:1", "left": "none", "right": "none"}, {}),
}


def in_pieces(case: str) -> FixedTable:
    asked, formats = PIECES[case]
    return actx.fixed_table(actx.table("mish", **asked), **formats)


def piecewise(table: FixedTable) -> list[int]:
    """Its outputs, in plain Python."""
    found = []
    for q in table.input.integers.tolist():
        piece = max(k for k, start in enumerate(table.starts) if start <= q)
        y = table.rows[piece][-1]
        for entry in table.rows[piece][-2::-1]:
            y = math.floor(y * (q - table.starts[piece]) / 2**table.width) + entry
        found.append(min(max(y // 16, table.output.lowest), table.output.highest))
    return found


@pytest.mark.sampled(2)
@pytest.mark.parametrize("case", PIECES)
def test_pieces_in_fixed_point_are_off_by_what_is_told(case: str) -> None:
    """Against mish in float64 at every input, and the table as it is before it is rounded."""
    table, real = in_pieces(case), actx.table("mish", **PIECES[case][0])
    q = table.input.integers
    assert table.outputs.tolist() == piecewise(table)
    x, y = q * table.input.scale, table.outputs * table.output.scale
    first, last = (end - table.input.lowest for end in table.counted)
    counted = slice(first, last + 1)
    error = np.abs(y - x * np.tanh(np.logaddexp(0, x)))[counted].max()
    assert table.reached.error[0] * (1 - 1e-9) <= error <= table.reached.error[1] * (1 + 1e-9)
    rows = actx.formula(real.text)(x)[counted]
    held = np.clip(rows, *table.output.ends)  # one last place: cut off, and the entries' rounding
    assert np.abs(y[counted] - held).max() <= 0.75 * table.output.scale
    assert table.inputs == last - first + 1


@pytest.mark.sampled(3)
@pytest.mark.parametrize("language", OF_PIECES)
@pytest.mark.parametrize("case", PIECES)
def test_code_of_pieces_gives_the_outputs_that_are_reported(
    case: str, language: str, tmp_path: Path
) -> None:
    table = in_pieces(case)
    code = actx.export(table, language)
    assert list(RUN[language](code, table, tmp_path)) == table.outputs.tolist()
    told = re.search(r"inputs\b[^:]*: at most (\S+)\s", code.code or "")
    assert told is not None
    assert table.reached.error[1] <= float(told[1]) <= table.reached.error[1] * (1 + 1e-6)


def test_hardware_of_a_table_of_numbers_is_in_fixed_point() -> None:
    real = actx.table("tanh", 8)
    code = actx.export(real, "verilog").code
    assert code == actx.export(actx.fixed_table(real), "verilog").code
    assert code is not None
    assert "q3.12" in code
    assert "q0.15" in code


@pytest.mark.parametrize(
    ("asked", "formats", "told"),
    [
        ({"segments": 4}, {"input": "int8:0.1"}, "fixed point"),
        ({"segments": 4}, {"input": "q9.9"}, "at most 16"),
        ({"segments": 20}, {"input": "q3.0"}, "more than q3.0 has inputs"),
        ({"segments": 4, "domain": "10:12", "left": "none"}, {"input": "q3.4"}, "do not lie on"),
        ({"segments": 4, "right": "x - exp(-x)"}, {"input": "q4.4"}, "no line"),
        ({"segments": 4, "formula": "3e9*x"}, {"output": "q0.31"}, "fewer bits"),
    ],
)
def test_what_fixed_point_cannot_be_is_told(
    asked: dict[str, Any], formats: dict[str, str], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        actx.fixed_table(actx.table(**({"formula": "mish"} | asked)), **formats)


def test_every_language_is_run() -> None:
    assert set(RUN) == set(LANGUAGES)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_code_gives_the_outputs_that_are_reported(case: str, language: str, tmp_path: Path) -> None:
    table = made(case)
    if language == "onnx":
        pytest.importorskip("onnx")
    code = actx.export(table, language)
    assert list(RUN[language](code, table, tmp_path)) == table.outputs.tolist()
    if code.code is not None:
        told = re.search(r"inputs: at most (\S+)\s", code.code)
        assert told is not None
        assert table.reached.error[1] <= float(told[1]) <= table.reached.error[1] * (1 + 1e-6)


@pytest.mark.parametrize(
    ("to", "name", "told"),
    [("rust", None, "verilog"), ("verilog", "table", "word"), ("hls", "class", "cannot be called"),
     ("c", "2x", "small letters")],
)  # fmt: skip
def test_what_cannot_be_written_is_told(to: str, name: str | None, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        actx.export(made("bytes"), to, name=name)


def test_a_target_of_its_own_is_refused() -> None:
    with pytest.raises(UsageError, match="own target"):
        actx.export(made("bytes"), "c", target="tanh")
