"""What the page of `actx explore` finds on samples, against what Python finds on the whole line."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

import actx
from actx.calculus.formula import Formula
from actx.codegen.languages.js import open_functions

REGISTRY = [
    entry.name
    for entry in actx.load_registry().entries
    if entry.family != "periodic" and entry.name != "mish"
]
_MEASURE = """
const xs = samples([[null, null]]), goals = xs.map((x) => g0(x)), found = {};
for (const [name, f, slope, p] of [%s])
  found[name] = measure((x) => f(x, ...p), (x) => slope(x, ...p), g0, [[null, null]], xs, goals);
console.log(JSON.stringify(found, (_, v) => (typeof v === "number" ? String(v) : v)));
"""


def _values(formula: Formula) -> str:
    return json.dumps([formula.defaults[name] for name in formula.parameters])


def measured(names: list[str], folder: Path) -> dict[str, dict[str, Any]]:
    """What the page's own script finds of formulas against mish, run by node."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    formulas = {f"f{i}": actx.formula(name) for i, name in enumerate(names)}
    shared, written = open_functions(formulas | {"g0": actx.formula("mish")})
    numerics = (resources.files("actx.present.explorer") / "numerics.js").read_text("utf-8")
    listed = [
        f"[{json.dumps(name)}, {f}, {f}_derivative, {_values(formulas[f])}]"
        for f, name in zip(formulas, names, strict=True)
    ]
    path = folder / "measure.mjs"
    path.write_text("\n".join([shared, *written.values(), numerics, _MEASURE % ", ".join(listed)]))
    done = subprocess.run(["node", path], capture_output=True, text=True, check=True)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


def check_measured(names: list[str], folder: Path) -> None:
    """Jumps too small to be seen among samples, as tanh-eigen's at 9, are not told there."""
    for name, live in measured(names, folder).items():
        row = actx.compare(name, "mish", budget=None).rows[0]
        assert float(live["size"]) == pytest.approx(row.max_error.value, rel=1e-6, abs=1e-12), name
        assert float(live["minimum"]) == pytest.approx(row.minimum.y, rel=1e-6, abs=1e-6), name
        assert float(live["l2"]) == pytest.approx(row.l2_error, rel=1e-4, abs=1e-9), name
        kinks = [kink.x for kink in row.kinks if kink.order <= 1 and abs(kink.jump) > 1e-4]
        assert [float(x) for x in live["kinks"]] == pytest.approx(sorted(kinks), abs=1e-6), name


def test_what_the_page_measures_is_what_python_does(tmp_path: Path) -> None:
    check_measured(REGISTRY[::7], tmp_path)


@pytest.mark.long
def test_what_the_page_measures_of_the_whole_registry(tmp_path: Path) -> None:
    check_measured(REGISTRY, tmp_path)
