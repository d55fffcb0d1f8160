"""An operation is one row: areasinh, declared by its definition alone, serves every command and
export; and a row that cannot serve every use is refused, by name.

Each command runs in a process of its own, as a row is declared for a whole process. The values are
those of mpmath and NumPy.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import exported
import numpy as np
import pytest
from commands import ENVIRONMENT
from mpmath import mp
from places import ROOT
from scipy.optimize import minimize_scalar

from actx.codegen import LANGUAGES
from actx.language.declare import declare
from actx.language.operation import Operation
from actx.language.operations import FUNCTIONS, OPERATIONS

ROW = 'Operation("areasinh", 1, definition="log(u + sqrt(u^2 + 1))")'
FULLER = """Operation(
    "areasinh", 1, np.arcsinh, ("1/sqrt(1 + u^2)",), definition="log(u + sqrt(u^2 + 1))", guard="",
    at_zero=0, ball=operator.methodcaller("asinh"), taylor=operator.methodcaller("asinh"),
    code=Code(c="asinh", math="asinh", arrays="arcsinh", torch="asinh", sympy="asinh"),
)"""
DRIVER = """
import operator, sys
import numpy as np
from actx.language.operation import Code, Operation
from actx.language.declare import declare
declare({row})
"""
COMMAND = """
from actx.cli import main
main()
"""
EXPORTS = """
import actx
for to in sys.argv[2:]:
    actx.export("{formula}", to, name="curve", output=f"{{sys.argv[1]}}/{{to}}")
"""
FORMULA = "areasinh(x)*x"


def run(*args: str, row: str = ROW, then: str = COMMAND) -> str:
    """What actx, or another script, prints where the row is declared."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER.format(row=row) + then, *args],
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@cache
def run_json(*args: str, row: str = ROW) -> Any:
    return json.loads(run(*args, "--json", row=row))


def areasinh_times_x(x: float) -> Any:
    return mp.asinh(x) * x


def mish(x: float) -> Any:
    return x * mp.tanh(mp.log1p(mp.exp(x)))


def holds(enclosure: list[float], value: Any) -> bool:
    return bool(enclosure[0] <= value <= enclosure[1])


# Commands


@pytest.mark.parametrize("row", [ROW, FULLER], ids=["by its definition", "with more"])
def test_show(row: str) -> None:
    found = run_json("show", "areasinh(x)^2 - areasinh(x)", row=row)
    assert found["smoothness"] == "C∞"
    assert found["kinks"] == []
    (least,) = found["minima"]
    assert holds(least["enclosure"]["x"], mp.sinh(0.5))
    assert holds(least["enclosure"]["y"], mp.mpf(-0.25))
    assert least["x"] == pytest.approx(float(mp.sinh(0.5)), rel=1e-12)
    assert [z if isinstance(z, float) else z["x"] for z in found["zeros"]] == pytest.approx(
        [0, float(mp.sinh(1))], rel=1e-12
    )


def test_compare() -> None:
    (row,) = run_json("compare", FORMULA, "mish", "--domain", "-4:4")["rows"]
    error = lambda x: areasinh_times_x(x) - mish(x)  # noqa: E731
    with mp.workdps(30):
        assert holds(row["max_error"]["enclosure"], error(-4))
        assert row["l1_error"] == pytest.approx(
            float(mp.quad(lambda x: abs(error(x)), [-4, -2, 0, 1, 2, 4])), rel=1e-6
        )
        assert row["l2_error"] == pytest.approx(
            float(mp.sqrt(mp.quad(lambda x: error(x) ** 2, [-4, 0, 4]))), rel=1e-9
        )
    assert row["max_error"]["x"] == -4
    assert row["smoothness"] == "C∞"


def test_kinks() -> None:
    assert run_json("kinks", "areasinh(x)*x")["kinks"] == []
    (kink,) = run_json("kinks", "areasinh(abs(x - 1))")["kinks"]
    assert (kink["x"], kink["order"], kink["left"], kink["right"]) == (1, 1, -1, 1)


def test_fit() -> None:
    """One factor: the largest error over it is convex, so that a search finds the least one."""
    found = run_json("fit", "a*areasinh(2*x)", "--target", "tanh(x)", "--domain", "-3:3")
    x = np.linspace(0, 3, 20001)

    def largest(a: float) -> float:
        return float(np.abs(a * np.arcsinh(2 * x) - np.tanh(x)).max())

    best = minimize_scalar(largest, bounds=(0, 2), method="bounded", options={"xatol": 1e-12})
    assert found["parameters"]["a"] == pytest.approx(best.x, rel=1e-6)
    assert found["objective"] == pytest.approx(best.fun, rel=1e-7)
    assert found["bound"]["gap"] < 1e-6


def test_pictures_and_pages(tmp_path: Path) -> None:
    picture, page = tmp_path / "areasinh.svg", tmp_path / "areasinh.html"
    run("plot", FORMULA, "mish", "-o", str(picture))
    assert picture.read_text().count("areasinh(x)*x") >= 1
    run("report", FORMULA, "-o", str(page), "--target", "mish")
    assert "areasinh" in page.read_text()


def test_cost() -> None:
    """log and root_sum, as its code is: see test_cost."""
    found = run_json("show", "areasinh(x)")["operations"]
    assert found["cost"] == 25 + 19


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the code in each language that can be written here."""
    folder = tmp_path_factory.mktemp("codes")
    written = [n for n in LANGUAGES if n != "onnx" or importlib.util.find_spec("onnx") is not None]
    run(str(folder), *written, then=EXPORTS.format(formula=FORMULA))
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_export(language: str, codes: Path, tmp_path: Path) -> None:
    exported.need(language)
    if language == "onnx":
        pytest.importorskip("onnx")
    content = (codes / language).read_bytes()
    if language == "latex":
        assert rb"\operatorname{areasinh}\left(x\right) \, x" in content
        return
    if language not in exported.RUN:
        assert b"log" in content
        return
    text = None if language == "onnx" else content.decode()
    made = SimpleNamespace(name="curve", language=language, code=text, content=content)
    f, slope = exported.load(
        language, made, tmp_path, "float32" if language == "onnx" else "float64"
    )
    x = np.linspace(-30, 30, 241)
    near = 2e-6 if language == "onnx" else 4e-15
    given = x.astype(np.float32) if language == "onnx" else x
    assert f(given) == pytest.approx(np.arcsinh(x) * x, rel=near, abs=near)
    if slope is not None:
        truth = np.arcsinh(x) + x / np.sqrt(1 + x * x)
        assert slope(x) == pytest.approx(truth, rel=1e-14, abs=1e-14)


def test_what_a_language_has_is_called_by_its_name() -> None:
    assert re.search(r"\basinh\(x\)", run("export", "areasinh(x)*x", "--to", "c", row=FULLER))
    assert "np.arcsinh(x)" in run("export", "areasinh(x)*x", "--to", "numpy", row=FULLER)


def test_an_operation_with_breakpoints() -> None:
    row = 'Operation("ramped", 1, definition="u/(1 + abs(u))")'
    found = run_json("show", "ramped(2x - 3)", row=row)
    assert [(k["x"], k["order"]) for k in found["kinks"]] == [(1.5, 2)]
    assert [k["jump"] for k in found["kinks"]] == [pytest.approx(-16)]  # 4·(ramped'' = ∓2)
    assert [z if isinstance(z, float) else z["x"] for z in found["zeros"]] == [1.5]


def test_several_rows_in_one_formula() -> None:
    """Of two arguments, of a power, and with logarithms that cancel; the minimum is scipy's."""
    rows = (
        'Operation("my_atanh", 1, definition="(log(1 + u) - log(1 - u))/2")',
        'Operation("my_exp2", 1, definition="2^u")',
        'Operation("my_hypot", 2, definition="sqrt(u^2 + v^2)")',
        'Operation("my_logsigmoid", 1, definition="-log(1 + exp(-u))")',
    )
    text = "my_exp2(x) - my_logsigmoid(x) + my_hypot(x, 2) - my_atanh(x/3)"
    found = run_json("show", text, "--domain", "-2:2", row="); declare(".join(rows))
    (least,) = found["minima"]
    best = minimize_scalar(
        lambda x: 2**x + np.log1p(np.exp(-x)) + np.hypot(x, 2) - np.arctanh(x / 3),
        bounds=(-2, 2),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert least["x"] == pytest.approx(best.x, abs=1e-6)
    assert least["y"] == pytest.approx(best.fun, rel=1e-12)
    lo, hi = least["enclosure"]["y"]
    assert lo <= best.fun * (1 + 1e-14)
    assert hi >= best.fun * (1 - 1e-12)
    assert hi - lo < 1e-9


def test_it_is_the_function_that_its_definition_says() -> None:
    (row,) = run_json("compare", "areasinh(x)", "log(x + sqrt(x^2 + 1))")["rows"]
    assert row["max_error"]["enclosure"] == [0, 0]


# What a library or a language of its own has of functions, or lacks, is a fact about that one.
OWN_LISTS = {"metal.py", "wgsl.py", "sleef.py"}


def test_no_other_file_lists_the_operations() -> None:
    """Functions that rows write by others, or that a language has, are named by their rows only."""
    names = [n for n, row in OPERATIONS.items() if row.is_function and row.is_smooth]
    uses = {}
    for path in sorted((ROOT / "actx").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found = {name for name in names if f'"{name}"' in text}
        if len(found) > 3 and path.name not in {"operations.py", *OWN_LISTS}:
            uses[str(path)] = found
    assert uses == {}


# Rows that cannot serve


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (Operation("nothing", 1), r"'nothing' .* no definition .* value, enclosure, ball"),
        (Operation("half", 1, np.negative, ("-1",)), "'half' .* of its own no enclosure, ball"),
        (Operation("loop", 1, definition="loop(u) + 1"), "'loop' .* speaks of loop"),
        (Operation("later", 1, definition="unheard(u)"), "'later' .* speaks of unheard"),
        (Operation("second", 1, definition="u + v"), "'second' .* speaks of v"),
        (Operation("broken", 1, definition="log(u +"), "'broken' cannot be read"),
        (Operation("slopes", 2, derivative=("1",), definition="u + v"), "1 derivatives for 2"),
        (Operation("tanh", 1, definition="u"), "'tanh' is no name"),
        (Operation("other", 1, definition="u", aliases=("ln",)), "'ln' is no name"),
        (Operation("x", 1, definition="u"), "'x' is no name"),
        (Operation("Upper", 1, definition="u"), "'Upper' is no name"),
        (Operation("many", 4, definition="u"), "4 arguments"),
    ],
    ids=lambda value: value.name if isinstance(value, Operation) else "",
)
def test_a_row_that_cannot_serve_is_refused(operation: Operation, said: str) -> None:
    before = dict(OPERATIONS), dict(FUNCTIONS)
    with pytest.raises(ValueError, match=said):
        declare(operation)
    assert before == (OPERATIONS, FUNCTIONS)
