"""Timing formulas: what each backend computes, how rounds go, the results and the command."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import refused, run, run_json
from operation_trees import OPERATION_FORMULAS, operation_tree

import actx
from actx.calculus.formula import Formula
from actx.calculus.values import evaluate
from actx.core.errors import BenchError, MissingPackageError, UsageError, install_hint
from actx.studies.bench import rounds
from actx.studies.bench.backends import BACKENDS, Settings, backend_module
from actx.studies.bench.backends.inputs import inputs
from actx.studies.bench.measure import processor
from actx.studies.bench.measured import load_costs

SIZE = 1000
SMALL = ("--size", str(SIZE), "--repeat", "3")
FORMULAS = ["mish", "hard-mish", "gelu", "elu", "x*sigmoid(1.3x)", "sign(x)*sqrt(abs(x))",
            "{-2.01: 0, 0.3: 1, 1.7: 3}(x)"]  # fmt: skip
STEPS = "x - {0; -1: 2, 1; 0.5: 1, 0, 3; 2: 1, 2}(x)"  # of other degrees, growing to the right


def missing(backend: str) -> bool:
    """Whether what a backend needs is not here."""
    try:
        with backend_module(backend).start(Settings("float32", 8, 1)):
            return False
    except (BenchError, MissingPackageError):
        return True


def running(backend: str, formula: str, dtype: str = "float32", **more: Any) -> Any:
    """A backend with the kernel of a formula."""
    if missing(backend):
        pytest.skip(f"{backend} is not here")
    return backend_module(backend).start(Settings(dtype, SIZE, 1, **more)), actx.formula(formula)


def expected(formula: Formula, dtype: str = "float32") -> tuple[Any, Any]:
    """Values, and the derivative times the gradient, in float64 at the numbers of the type."""
    x, grad = (each.astype(dtype).astype(np.float64) for each in inputs(SIZE))
    return formula(x), formula.derivative()(x) * grad


TOLERANCE = {"float32": 3e-6, "float64": 1e-13, "float16": 4e-3}


# What the backends compute


@pytest.mark.parametrize(
    ("formula", "dtype"),
    [*((f, "float32") for f in FORMULAS), ("mish", "float64"), ("hard-mish", "float16")],
)
def test_c_computes_the_function_and_its_gradient(formula: str, dtype: str) -> None:
    start, read = running("c", formula, dtype)
    values, gradients = expected(read, dtype)
    with start as backend:
        kernel = backend.kernel(read)
        kernel.forward()
        assert np.allclose(backend.y, values, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
        backend.y[:] = 0
        kernel.both()
        assert np.allclose(backend.y, values, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
        assert np.allclose(backend.change, gradients, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def test_c_in_threads_computes_all_parts() -> None:
    if missing("c"):
        pytest.skip("there is no C compiler")
    read = actx.formula("mish")
    with backend_module("c").start(Settings("float32", SIZE + 1, 3)) as backend:
        backend.kernel(read).forward()
        x, _ = inputs(SIZE + 1)
        assert np.allclose(backend.y, read(x.astype(np.float64)), rtol=3e-6, atol=1e-6)  # type: ignore[attr-defined]


@pytest.mark.long
@pytest.mark.parametrize("formula", ["hard-mish", "mish", FORMULAS[-1], STEPS])
def test_numba_computes_the_function_and_its_gradient(formula: str) -> None:
    start, read = running("numba", formula)
    values, gradients = expected(read)
    with start as backend:
        backend.kernel(read).both()
        assert np.allclose(backend.y, values, rtol=3e-6, atol=1e-6)
        assert np.allclose(backend.change, gradients, rtol=3e-6, atol=1e-6)


@pytest.mark.parametrize("formula", FORMULAS)
def test_numpy_computes_the_function_and_its_gradient(formula: str) -> None:
    start, read = running("numpy", formula)
    values, gradients = expected(read)
    with start as backend:
        value, change = backend.kernel(read).both()
        assert value.dtype == change.dtype == np.float32
        assert np.allclose(value, values, rtol=3e-6, atol=1e-6)
        assert np.allclose(change, gradients, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("formula", ["mish", "hard-mish", "elu", "sign(x)*sqrt(abs(x))"])
@pytest.mark.parametrize("composed", [False, True])
def test_torch_computes_the_function_and_its_gradient(formula: str, composed: bool) -> None:
    start, read = running("torch", formula, device="cpu", composed=composed)
    values, gradients = expected(read)
    with start as backend:
        kernel = backend.kernel(read)
        assert np.allclose(kernel.forward().numpy(), values, rtol=1e-5, atol=1e-5)
        (change,) = kernel.both()
        assert np.allclose(change.numpy(), gradients, rtol=1e-5, atol=1e-5)


def test_every_native_function_of_torch_is_the_registry_s() -> None:
    start, _ = running("torch", "relu", device="cpu")
    from actx.studies.bench.backends.torch import NATIVE

    with start as backend:
        for name in NATIVE:
            read = actx.formula(name)
            kernel = backend.kernel(read)
            assert kernel.code.startswith("torch.nn.functional."), name
            values, gradients = expected(read)
            assert np.allclose(kernel.forward().numpy(), values, rtol=1e-5, atol=1e-5), name
            (change,) = kernel.both()
            assert np.allclose(change.numpy(), gradients, rtol=1e-4, atol=1e-5), name
        assert backend.kernel(actx.formula("swish", set={"beta": 1.3})).code == (
            "exported torch module"
        )


@pytest.mark.parametrize("name", sorted(OPERATION_FORMULAS))
def test_torch_has_every_operation(name: str) -> None:
    pytest.importorskip("torch")
    import torch

    from actx.studies.bench.backends.torch import function_of

    tree = operation_tree(name)
    x = np.linspace(-3, 3, 25)
    found = function_of(tree)(torch.from_numpy(x)).numpy()
    assert np.allclose(found, evaluate(tree, x), rtol=4e-15, atol=4e-15)


def test_numba_has_every_operation_that_exported_forms_keep() -> None:
    from actx.codegen.languages.numba import OPERATIONS as WRITTEN
    from actx.studies.bench.backends.numba import OPERATIONS as COMPILED

    assert set(COMPILED) == set(WRITTEN)


def test_what_torch_keeps_for_backward() -> None:
    """By hand: relu its output, mish its input; composed, x*tanh(softplus(x)) keeps x, the
    result of softplus is not needed but that of tanh is, and softplus its input, which is x."""
    start, _ = running("torch", "mish", device="cpu")
    with start as backend:
        assert backend.kernel(actx.formula("relu")).saved == 4
        assert backend.kernel(actx.formula("mish")).saved == 4
        assert backend.kernel(actx.formula("hard-mish")).saved == 4
    start, _ = running("torch", "mish", device="cpu", composed=True)
    with start as backend:
        assert backend.kernel(actx.formula("mish")).saved == 8
        # x*clamp(x + 3)/5: x, x + 3 and the clamped one
        assert backend.kernel(actx.formula("hard-mish")).saved == 12


def test_torch_gets_its_threads_back() -> None:
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    with backend_module("torch").start(Settings("float32", 8, 1, "cpu")):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


# Rounds


class _Recorder:
    """A backend that notes what is called, on a clock of its own."""

    size = 10
    device = "none"
    versions: dict[str, str] = {}  # noqa: RUF012

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.costs = {"a": 0.01, "b": 0.03}

    def call(self, name: str) -> Callable[[], object]:
        def made() -> str:
            self.calls.append(name)
            return name

        return made

    def kernel(self, formula: Formula) -> Any:
        raise NotImplementedError

    def seconds(self, call: Callable[[], object], calls: int) -> float:
        return sum(self.costs[str(call())] for _ in range(calls))


def test_rounds_are_interleaved_and_relative_to_the_baseline() -> None:
    backend = _Recorder()
    calls = [backend.call("a"), backend.call("b")]
    ticks: list[int] = []
    a, b = rounds.timings(backend, calls, [0, 0], size=10, rounds=4, tick=ticks.append)
    assert "".join(backend.calls).endswith("aabb" + "bbaa" + "aabb" + "bbaa")
    assert ticks == [0, 1, 2, 3]
    assert a.samples == pytest.approx([1e6] * 4)  # 0.01 s for 10 numbers, in ns
    assert (b.time.median, b.relative.median) == pytest.approx((3e6, 3))
    assert (a.relative.lower, a.relative.upper) == (1, 1)


def test_short_calls_are_repeated() -> None:
    backend = _Recorder()
    backend.costs["a"] = 1e-5
    (a,) = rounds.timings(backend, [backend.call("a")], [0], 1, 2, lambda each: None)
    assert a.calls == pytest.approx(rounds._SAMPLE / 1e-5, rel=0.02)
    assert a.time.median == pytest.approx(1e4)


# Results


def test_relu_is_always_among_them_and_once() -> None:
    for given in (["mish"], ["mish", "relu"], ["relu", "relu", "mish"]):
        found = actx.bench(*given, size=SIZE, repeat=2)
        assert sorted(row.name for row in found.rows) == ["mish", "relu"]
        relu = next(row for row in found.rows if row.name == "relu")
        assert relu.forward.relative.median == relu.both.relative.median == 1


def test_rows_hold_what_was_measured() -> None:
    found = actx.bench("mish", "hard-mish", size=SIZE, repeat=5)
    assert (found.size, found.rounds, found.threads, found.backend) == (SIZE, 5, 1, "numpy")
    assert found.processor == processor() != ""
    costs = [row.forward.relative.median for row in found.rows]
    assert costs == sorted(costs)
    for row in found.rows:
        for timing in (row.forward, row.both):
            assert len(timing.samples) == 5
            assert timing.time.median == statistics.median(timing.samples)
            assert timing.time.lower <= timing.time.median <= timing.time.upper
    by_name = {row.name: row for row in found.rows}
    assert by_name["mish"].max_error is not None
    assert by_name["mish"].max_error.value == 0
    assert by_name["hard-mish"].max_error is not None
    assert by_name["hard-mish"].max_error.value == pytest.approx(0.1595466, abs=1e-7)


def test_an_error_that_cannot_be_told_is_a_note() -> None:
    found = actx.bench("x + sin(x)", size=SIZE, repeat=1)
    row = next(row for row in found.rows if row.name != "relu")
    assert row.max_error is None
    assert "x + sin(x)" in found.notes[0]


def test_progress_is_told() -> None:
    told: list[tuple[int, int, str]] = []
    actx.bench("mish", size=SIZE, repeat=2, progress=lambda *step: told.append(step))
    assert [done for done, _, _ in told] == [0, 1, 2, 3]
    assert {total for _, total, _ in told} == {4}
    assert told[0][2] == "preparing mish"


def test_costs_are_read_back(tmp_path: Path) -> None:
    file = tmp_path / "costs.json"
    document = run_json("bench", "mish", "x*sigmoid(2x)", *SMALL)
    file.write_text(json.dumps(document))
    costs = load_costs(file)
    rows = {row["name"]: row for row in document["rows"]}
    assert costs["relu"] == costs["max(x, 0)"] == 1
    assert costs["mish"] == rows["mish"]["forward"]["relative"]["median"]
    assert costs["x*sigmoid(2*x)"] == costs["x*sigmoid(2x)"]
    found = actx.compare("mish", "swish", "hard-mish", cost=file, budget=None)
    assert {row.name: row.cost for row in found.rows} == {"mish": costs["mish"], "swish": None}
    assert "lacks swish" in found.notes[-1]
    shown = run("compare", "mish", "relu", "hard-mish", "--cost", str(file)).stdout
    assert "× relu" in shown
    assert f"{costs['mish']:.2f}" in shown


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "no JSON"),
        ("[]", "no rows"),
        ('{"rows": [], "target": "mish"}', "no rows with a baseline"),
        ('{"rows": [{"name": "a"}], "baseline": "relu"}', "row 1 has no 'formula'"),
        ('{"rows": [7], "baseline": "relu"}', "row 1"),
        (
            '{"rows": [{"name": "a", "formula": "x", "forward": {"relative": {"median": -1}}}],'
            ' "baseline": "relu"}',
            "the cost -1",
        ),
    ],
)
def test_a_file_without_costs_is_refused(tmp_path: Path, content: str, expected: str) -> None:
    file = tmp_path / "costs.json"
    file.write_text(content)
    with pytest.raises(BenchError, match=r"costs\.json") as error:
        load_costs(file)
    assert expected in str(error.value)
    assert error.value.status == 2


def test_a_missing_file_of_costs_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refused("compare", "a", "mish", "--cost", str(tmp_path / "none"))


# The command


@pytest.mark.parametrize(
    "backend", [pytest.param(b, marks=pytest.mark.long) if b == "numba" else b for b in BACKENDS]
)
def test_the_command_with_each_backend(backend: str) -> None:
    if missing(backend):
        pytest.skip(f"{backend} is not here")
    options = ("--device", "cpu") if backend.startswith("torch") else ()
    formula = "tanh" if backend == "sleef" else "mish"
    document = run_json("bench", formula, "--backend", backend, *options, *SMALL)
    assert document["backend"] == backend
    assert (document["device"] == "CPU") == (backend not in ("triton", "cuda"))
    assert set(document["versions"]) > {"python"}
    row = next(row for row in document["rows"] if row["name"] == formula)
    assert len(row["forward"]["samples"]) == 3
    if backend in ("onnxruntime", "sleef"):
        assert (row["both"], row["saved"]) == (None, None)
    else:
        assert len(row["both"]["samples"]) == 3
        assert row["both"]["time"]["median"] > 0
        assert row["saved"] == 4


def test_several_backends_are_timed_in_turn_beside_a_copy() -> None:
    """Relative to relu in the first and to copying in the same round; what one lacks is told."""
    names = [name for name in ("numpy", "c", "onnxruntime", "sleef") if not missing(name)]
    found = actx.bench("tanh", "mish", backend=names, size=SIZE, repeat=3)
    rows = {(row.name, row.backend): row for row in found.rows}
    assert found.backend == ", ".join(names)
    lacking = {("mish", "sleef")} & {("mish", name) for name in names}
    wanted = {(f, name) for f in ("relu", "tanh", "mish") for name in names}
    assert rows.keys() == wanted - lacking
    assert len(found.notes) == len(lacking)
    assert rows["relu", "numpy"].forward.relative.median == 1
    assert (found.moved, found.bandwidth) == (8, 8 / found.copy.median)
    for row in found.rows:
        about = row.forward.time.median / found.copy.median
        assert about / 3 < row.limit.median < about * 3
        assert row.limit.lower <= row.limit.median <= row.limit.upper
        assert (row.both is None) == (row.backend in ("onnxruntime", "sleef"))


@pytest.mark.parametrize("backend", ["onnxruntime", "sleef"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_has_no_backward_computes_the_function(backend: str, dtype: str) -> None:
    """At all numbers, those that no whole vector holds among them."""
    if missing(backend):
        pytest.skip(f"{backend} is not here")
    size = 1003
    with backend_module(backend).start(Settings(dtype, size, 1)) as running:
        for name in ("tanh", "relu", "exp(x)"):
            read = actx.formula(name)
            kernel = running.kernel(read)
            kernel.forward()
            y = running.inner.y if backend == "sleef" else running.y
            wanted = read(inputs(size)[0].astype(dtype).astype(np.float64))
            near = TOLERANCE[dtype] if backend == "sleef" else 1e-5
            assert np.allclose(y, wanted, rtol=near, atol=near), name
            assert kernel.both is None


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torch_compiles_what_it_runs() -> None:
    """Each formula, of however many; a graph that is not compiled would be run as it is."""
    start, _ = running("torch-compile", "mish", device="cpu")
    dynamo = pytest.importorskip("torch._dynamo")
    dynamo.reset()
    with start as backend:
        names = ["mish", "relu", "relu6", "hard-tanh", "x*sigmoid(1.3x)"]
        graphs = dynamo.utils.counters["stats"]
        before = graphs["unique_graphs"]
        for name in names:
            read = actx.formula(name)
            values, gradients = expected(read)
            kernel = backend.kernel(read)
            assert kernel.code.startswith("torch.compile of ")
            assert np.allclose(kernel.forward().numpy(), values, rtol=3e-6, atol=3e-6)
            assert np.allclose(kernel.both()[0].numpy(), gradients, rtol=3e-6, atol=3e-6)
        assert graphs["unique_graphs"] - before >= 2 * len(names)  # with a gradient and without


def test_the_table_says_how_it_was_measured() -> None:
    done = run("bench", "mish", "hard-mish", *SMALL)
    assert (done.returncode, done.stderr) == (0, "")
    assert "numpy, float32, 1,000 numbers, 1 thread, 3 rounds" in done.stdout
    assert processor() in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_picture_is_drawn(tmp_path: Path, ending: str) -> None:
    output = tmp_path / f"cost.{ending}"
    found = actx.bench("mish", "hard-mish", "x^2", size=SIZE, repeat=2, output=output)
    assert found.output == output
    content = output.read_bytes()
    assert content.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending])
    assert os.listdir(tmp_path) == [output.name]
    assert found.save(output) == output
    assert output.read_bytes() == content


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    output = tmp_path / "cost.png"
    done = run("bench", "mish", *SMALL, "-o", str(output))
    assert f"Wrote{output}" in "".join(done.stdout.split())
    assert output.exists()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"backend": "nump"}, "Did you mean numpy?"),
    ({"threads": 2}, "one thread"),
    ({"dtype": "float8"}, "float32, float64, float16, bfloat16"),
    ({"dtype": "bfloat16"}, "The backend numpy computes in float32, float64"),
    ({"composed": True}, "backend torch"),
    ({"device": "cuda"}, "backend torch"),
    ({"backend": "torch", "device": "tpu"}, "cpu or cuda"),
    ({"set": {"a": 1}}, "parameter 'a'"),
    ({"size": 0}, "size"),
    ({"repeat": 0}, "rounds"),
    ({"threads": 0}, "threads"),
]


@pytest.mark.parametrize(("options", "expected"), WRONG)
def test_wrong_options_are_refused(options: dict[str, Any], expected: str) -> None:
    with pytest.raises(UsageError) as error:
        actx.bench("mish", **options)
    assert expected in str(error.value)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--backend", "nump"], "Did you mean numpy?"),
        (["--size", "0"], "--size is a whole number from 1"),
        (["--threads", "two"], "--threads is a whole number"),
        (["-o", "cost.gif"], ".png, .svg or .pdf"),
    ],
)
def test_the_command_refuses_them_as_well(options: list[str], expected: str) -> None:
    assert expected in refused("bench", "mish", *options)


def test_nothing_to_time_is_refused() -> None:
    assert "at least one formula" in refused("bench")


def test_without_a_compiler_it_is_said_what_to_install() -> None:
    message = refused("bench", "mish", "--backend", "c", status=1, PATH="/nonexistent", CC="")
    assert "needs a C compiler" in message
    assert "gcc" in message
    message = refused("bench", "mish", "--backend", "c", status=1, CC="no-such-compiler")
    assert "no-such-compiler" in message


@pytest.mark.skipif(sys.platform == "win32", reason="a script as compiler")
def test_what_the_compiler_says_is_told(tmp_path: Path) -> None:
    compiler = tmp_path / "broken"
    compiler.write_text("#!/bin/sh\necho 'activation1.c: too hard' >&2\nexit 1\n")
    compiler.chmod(0o755)
    message = refused("bench", "mish", "--backend", "c", status=1, CC=str(compiler))
    assert "too hard" in message


@pytest.mark.parametrize("backend", ["torch", "numba"])
def test_without_a_package_it_is_said_what_to_install(tmp_path: Path, backend: str) -> None:
    """A module of that name that cannot be imported stands in for none."""
    (tmp_path / f"{backend}.py").write_text("raise ImportError\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    message = refused("bench", "mish", "--backend", backend, status=1, PYTHONPATH=path)
    assert install_hint(backend) in message
