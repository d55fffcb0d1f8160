"""Loops of exported C in assembly: full vectors, and nothing called, on three kinds of processors.

For Arm the assembly is only looked at; headers of the C library stand beside it as declarations.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import actx

COMPILERS = {
    "gcc, AVX2": ("gcc -O2 -mavx2 -mfma", r"%ymm"),
    "gcc, AVX-512": ("gcc -O3 -mavx512f -mprefer-vector-width=512", r"%zmm"),
    "clang, AVX2": ("clang -O2 -mavx2 -mfma", r"%ymm"),
    "clang, AVX-512": ("clang -O3 -mavx512f -mprefer-vector-width=512", r"%zmm"),
    "clang, Neon": ("clang -O3 --target=aarch64-linux-gnu -nostdinc", r"\.(?:4s|2d)"),
}
FORMULAS = ("mish", "gelu", "softplus", "hard-mish", "swish", "tanh", "elu")
MATH = """\
#define NAN __builtin_nanf("")
#define INFINITY __builtin_inff()
float fabsf(float);
float fmaf(float, float, float);
float copysignf(float, float);
double sqrt(double);
"""
STRING = "void *memcpy(void *, const void *, __SIZE_TYPE__);\n"
_CALL = re.compile(r"^\s+(call|callq|bl)\s+(?P<what>\S+)", re.MULTILINE)


def loop(assembly: str, name: str) -> str:
    """The function over arrays."""
    found = re.search(
        rf"^{name}_array:.*?\.size\s+{name}_array", assembly, re.DOTALL | re.MULTILINE
    )
    assert found is not None
    return found[0]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The formulas in one file each, in a folder with headers for Arm."""
    folder = tmp_path_factory.mktemp("vectors")
    (folder / "arm").mkdir()
    (folder / "arm" / "math.h").write_text(MATH)
    (folder / "arm" / "string.h").write_text(STRING)
    for i, name in enumerate(FORMULAS):
        made = actx.export(name, "c", dtype="float32", name=f"act{i}")
        (folder / f"act{i}.c").write_text(str(made.code))
    return folder


@pytest.mark.parametrize("how", COMPILERS)
def test_loops_are_vector_code_without_calls(how: str, source: Path) -> None:
    command, vector = COMPILERS[how]
    compiler, *options = command.split()
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    if "-nostdinc" in options:
        asked = [compiler, "-print-resource-dir"]
        own = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        options += ["-isystem", f"{own}/include", "-isystem", str(source / "arm")]
    for i, formula in enumerate(FORMULAS):
        made = subprocess.run(
            [compiler, *options, "-std=gnu99", "-S", "-o", "-", str(source / f"act{i}.c")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        for name in (f"act{i}f", f"act{i}f_derivative"):
            text = loop(made.stdout, name)
            assert len(re.findall(vector, text)) >= 8, (how, formula)
            assert [call["what"] for call in _CALL.finditer(text)] == [], (how, formula)
