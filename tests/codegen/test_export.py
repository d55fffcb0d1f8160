"""Exported code, run: against actx's own values, torch, published definitions, its own claims."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.special
from commands import refused, run, run_json
from exported import (
    RUNNABLE,
    array_function,
    compiled,
    load,
    module,
    need,
    node_function,
    opencl_functions,
    rust_functions,
)
from mpmath import mp
from numpy.typing import NDArray
from operation_trees import OPERATION_FORMULAS, operation_tree
from oracle import value as true_value

import actx
from actx.calculus.proven.identity import proven_equal
from actx.calculus.values import evaluate
from actx.codegen import LANGUAGES
from actx.codegen.arithmetic import arithmetic, errors_of, faintest, points, truth, ulps
from actx.codegen.arithmetic import run as compute
from actx.codegen.choice import choose
from actx.codegen.forms import Form, lowered, prepared, rules
from actx.codegen.languages import (
    c,
    c_family,
    gpu,
    jax,
    js,
    kernels,
    numba,
    numpy,
    onnx,
    opencl,
    python,
    rust,
    sympy,
    torch,
)
from actx.codegen.make import language_module
from actx.codegen.slope import slope
from actx.codegen.task import lowering
from actx.codegen.text import body
from actx.core.errors import install_hint
from actx.language.operations import OPERATIONS
from actx.language.stable import spelled_out
from actx.language.tree import Node, X, node, number, parameter, substitute, walk

FIRST = {  # in every run; the others are long
    "python": "hard-mish", "numpy": "mish", "numba": "hard-mish", "torch": "mish",
    "jax": "hard-mish", "c": "mish", "js": "mish", "rust": "mish", "onnx": "mish",
    "sympy": "hard-mish", "opencl": "mish",
}  # fmt: skip
REGISTRY = [entry.name for entry in actx.load_registry().entries]
INF, NAN = math.inf, math.nan

pytestmark = pytest.mark.filterwarnings("ignore:(overflow|invalid value):RuntimeWarning")


def sample(dtype: str) -> NDArray[Any]:
    """Points over the whole range of a type; actx itself overflows in the last few binades."""
    info = np.finfo(dtype)
    last = info.maxexp - (4 if dtype == "float64" else 0)
    powers = np.exp2(np.arange(info.minexp - info.nmant, last, 1.0))
    near = np.linspace(-30, 30, 1201)
    ends = [INF, -INF, NAN, 0.0, -0.0, float(info.tiny)]
    return np.concatenate([near, powers, -powers, ends]).astype(dtype)


def expected(formula: str, x: NDArray[Any]) -> NDArray[np.float64]:
    """actx's own values, NaN where x is."""
    values = actx.formula(formula)(x.astype(np.float64))
    return np.where(np.isnan(x), np.nan, values)


def expected_slope(formula: str, x: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """actx's own derivative between the kinks, and where that is; x^2 overflows far out."""
    kinks = [kink.x for kink in actx.kinks(formula, max_order=1, budget=None).kinks]
    wide = x.astype(np.float64)
    there = ~np.isin(wide, kinks) & ~(np.abs(wide) > 1e150) & ~np.isnan(wide) | np.isinf(wide)
    with np.errstate(all="ignore"):
        return actx.formula(formula).derivative()(wide), there


def by_mpmath(
    values: NDArray[Any], wanted: NDArray[np.float64], x: NDArray[Any], tree: Node
) -> NDArray[np.float64]:
    """What is wanted, by mpmath wherever it differs: float64 may have overflowed on the way."""
    exact = wanted.copy()
    with np.errstate(all="ignore"):
        near = np.abs(values - wanted) <= 4 * np.finfo(values.dtype).eps * np.abs(wanted)
        near &= np.isfinite(wanted)
    for i in np.flatnonzero(np.isfinite(x) & ~near & ~np.isnan(wanted)):
        with mp.workdps(400):  # powers of x up to 1e300 beside small numbers
            exact[i] = float(true_value(tree, mp.mpf(float(x[i]))))
    return exact


def assert_agree(
    values: NDArray[Any], wanted: NDArray[np.float64], x: NDArray[Any], units: float
) -> None:
    """Equal to so many units of rounding of what they are made of, infinities and NaN exactly.

    Where the value is tiny, what it is made of is of the size of x or of 1, whichever is less.
    """
    info = np.finfo(values.dtype)
    with np.errstate(over="ignore"):
        wanted = wanted.astype(values.dtype).astype(np.float64)
    finite = np.isfinite(wanted)
    assert np.array_equal(np.isnan(values), np.isnan(wanted)), x[
        np.isnan(values) != np.isnan(wanted)
    ]
    infinite = np.isinf(wanted)
    assert np.array_equal(values[infinite], wanted[infinite])
    size = np.maximum(np.abs(wanted), np.minimum(np.abs(x.astype(np.float64)), 1.0))
    allowed = units * float(info.eps) * size + float(info.tiny)
    with np.errstate(invalid="ignore"):  # inf - inf
        error = np.abs(values.astype(np.float64) - wanted)
    wrong = finite & ~(error <= allowed)
    assert not wrong.any(), (x[wrong][:5], values[wrong][:5], wanted[wrong][:5])


def check(language: str, formula: str, folder: Path, dtype: str, units: float = 8.0) -> None:
    need(language)
    types = {"dtype": dtype} if language_module(language).TYPES else {}
    made = actx.export(formula, language, **types)  # type: ignore[arg-type]
    f, derivative = load(language, made, folder, dtype)
    x = sample(dtype)
    if language == "sympy":
        x = np.linspace(-20, 20, 37)
    own = actx.formula(formula)
    values = f(x)
    assert_agree(values, by_mpmath(values, expected(formula, x), x, own.bound), x, units)
    if derivative is not None:
        wanted, there = expected_slope(formula, x)
        if language == "jax":  # XLA takes subnormal numbers for 0
            there &= np.abs(x) >= np.finfo(dtype).tiny
        slopes, wanted, x = derivative(x)[there], wanted[there], x[there]
        wanted = by_mpmath(slopes, wanted, x, own.derivative().bound)
        assert_agree(slopes, wanted, x, units)


@pytest.mark.parametrize(("language", "formula"), FIRST.items())
def test_code_computes_the_formula(language: str, formula: str, tmp_path: Path) -> None:
    check(language, formula, tmp_path, "float32" if language == "onnx" else "float64")


@pytest.mark.long
@pytest.mark.parametrize("formula", REGISTRY)
@pytest.mark.parametrize("language", RUNNABLE)
def test_code_computes_every_formula_of_the_registry(
    language: str, formula: str, tmp_path: Path
) -> None:
    # what is subtracted in the derivative of the engines' form is rounded, as it is written
    units = 256 if formula == "mish-one-exp" else 32
    check(language, formula, tmp_path, "float32" if language == "onnx" else "float64", units)


def test_c_in_float32(tmp_path: Path) -> None:
    check("c", "mish", tmp_path, "float32")


@pytest.mark.parametrize(("formula", "dtype"), [("gelu", "float32"), ("mish", "float16")])
def test_opencl_in_other_types(formula: str, dtype: str, tmp_path: Path) -> None:
    check("opencl", formula, tmp_path, dtype)


def test_code_does_not_overflow_on_the_way(tmp_path: Path) -> None:
    """x*5 in hard-mish would, for a large x; x*(clip/5) does not."""
    f, _ = load("numpy", actx.export("hard-mish", "numpy"), tmp_path)
    for dtype in ("float16", "float32", "float64"):
        largest = np.finfo(dtype).max
        assert f(np.array([largest], dtype)) == largest


def test_a_square_does_not_overflow_before_it_is_made_smaller(tmp_path: Path) -> None:
    """0.8944*x^2 is a float up to 1.95e19, x^2 to 1.84e19 only."""
    f, _ = load("numpy", actx.export("star-relu", "numpy"), tmp_path)
    x = np.float32(1.9e19)
    assert f(np.array([x]))[0] == pytest.approx(0.8944 * float(x) ** 2, rel=1e-6)


def test_a_line_is_right_near_its_zero(tmp_path: Path) -> None:
    """0.2x + 0.5 cancels where 0.2*(x + 2.5) does not."""
    f, _ = load("numpy", actx.export("keras-hard-sigmoid", "numpy"), tmp_path)
    x = np.nextafter(np.float32(-2.5), np.float32(0))
    assert f(np.array([x]))[0] == pytest.approx(0.2 * (float(x) + 2.5), rel=1e-6)


# The cheapest form that is right


def test_each_form_is_proven_to_be_the_same_function() -> None:
    """At x, 3 and 7 for u, v and w, as exact functions of x."""
    places = {parameter("u"): X, parameter("v"): number(3), parameter("w"): number(7)}
    for rule in (*rules(), *rules("kept"), *rules("product")):
        assert proven_equal(substitute(rule.pattern, places), substitute(rule.form, places))


def test_mish_is_computed_with_one_exponential_and_no_logarithm() -> None:
    for dtype in ("float16", "float32"):
        chosen = choose(actx.formula("mish").bound, [arithmetic(dtype)], lowering(OPERATIONS))
        text = repr(chosen.form.tree)
        assert "softplus" not in text
        assert "tanh" not in text
        assert "log" not in text
        assert len(set(re.findall(r"exp\([^)]*\)", text))) == 1


def test_the_form_of_engines_breaks_in_float16_and_the_chosen_one_does_not() -> None:
    """n = e^x(e^x + 2) overflows beyond 5.5; every one of the 65536 numbers is tried."""
    mish = actx.formula("mish").bound
    half = arithmetic("float16")
    naive = errors_of(prepared(actx.formula("mish-one-exp").bound), mish, half)
    assert math.isinf(naive.worst.ulps)
    x = points(half.store)
    broken = ~np.isfinite(compute(prepared(actx.formula("mish-one-exp").bound), x, half))
    broken &= np.isfinite(x) & (x > 0)
    assert 5.5 < x[broken].min() < 5.6
    chosen = choose(mish, [half], {})
    assert chosen.errors[0].worst.exhaustive
    assert chosen.worst < 8


@pytest.mark.parametrize("formula", ["mish", "hard-mish", "gelu"])
def test_a_chosen_form_is_right_at_the_ends(formula: str) -> None:
    """By values of the formula that need no arithmetic: 0 at -inf, inf at inf, 0 and 1 for f'."""
    tree = actx.formula(formula).bound
    for how in (arithmetic("float16"), arithmetic("float32")):
        ends = np.array([-INF, INF, NAN])
        value = compute(choose(tree, [how], {}).form.tree, ends, how)
        assert list(value[:2]) == [0, INF]
        assert np.isnan(value[2])
    how = arithmetic("float32")
    rate = compute(choose(slope(tree, prepared), [how], {}).form.tree, ends, how)
    assert list(rate[:2]) == [0, 1]
    assert np.isnan(rate[2])


def test_float16_errors_agree_with_numpy_rounding_for_itself() -> None:
    """The stated worst error of mish in float16, found again with NumPy's own float16."""
    chosen = choose(actx.formula("mish").bound, [arithmetic("float16")], {})
    x = np.arange(2**16, dtype=np.uint16).view(np.float16)
    x = x[np.isfinite(x)]
    limits = [float(text) for text in re.findall(r", (-?\d+)\)", repr(chosen.form.tree))]
    low, high = np.float16(min(limits)), np.float16(max(limits))
    t = np.maximum(x, low)
    with np.errstate(all="ignore"):
        e = np.exp(np.minimum(t, high).astype(np.float64)).astype(np.float16)
        n = e * (e + np.float16(2))
        y = (t * (n / (n + np.float16(2)))).astype(np.float64)
    exact = actx.formula("mish")(x.astype(np.float64))
    error = np.abs(y - exact) / np.spacing(np.abs(exact).astype(np.float16)).astype(np.float64)
    normal = np.abs(exact) >= 2.0**-14
    assert error[normal].max() == pytest.approx(chosen.errors[0].worst.ulps, abs=1e-3)


# Languages


TABLES = {
    "python": python, "numpy": numpy, "numba": numba, "torch": torch, "jax": jax, "c": c,
    "js": js, "rust": rust, "onnx": onnx, "sympy": sympy, "opencl": opencl,
}  # fmt: skip


def test_the_formulas_of_operations_are_complete() -> None:
    assert OPERATION_FORMULAS.keys() | {"lookup"} == OPERATIONS.keys()
    for name in OPERATION_FORMULAS:
        assert name in {n.op for n in walk(operation_tree(name))}, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_covers_every_operation(language: str) -> None:
    """With an operation of its own, or a form for it."""
    table = language_module(language)
    known = table.OPERATIONS.keys() | table.FORMS.keys() | {"lookup"}  # Notation.lookup
    for name in OPERATIONS.keys() - known:
        assert language == "sympy"  # by its definition, which is exact
        written = spelled_out(node(name, X, X, X), table.OPERATIONS)
        assert {n.op for n in walk(written) if n.args} <= table.OPERATIONS.keys()


@pytest.mark.parametrize("language", TABLES)
def test_each_operation_is_written_right(language: str, tmp_path: Path) -> None:
    """Each is computed by the language itself, in one module."""
    need(language)
    x = np.linspace(-3, 3, 25)
    values = _run_operations(language, x, tmp_path)
    assert len(values) == len(OPERATION_FORMULAS)
    for name, found in values.items():
        wanted = evaluate(operation_tree(name), x)
        # ONNX Runtime has approximations of its own, and float32 only of some operators
        near = 4e-15 if language != "onnx" else 2e-6
        assert np.allclose(found, wanted, rtol=near, atol=near), name


def _run_operations(language: str, x: NDArray[Any], folder: Path) -> dict[str, NDArray[Any]]:
    trees = {name: operation_tree(name) for name in OPERATION_FORMULAS}
    for name, tree in trees.items():
        exact = language == "sympy"
        trees[name] = sympy.exact(tree) if exact else lowered(tree, TABLES[language].FORMS)
    if language == "onnx":
        return {name: _run_onnx(tree, x) for name, tree in trees.items()}
    if language == "c":
        return _run_c(trees, x, folder)
    if language in _COMPILED:
        return {name: f(x) for name, f in _COMPILED[language](trees, folder).items()}
    code = {
        n: body(Form(tree), TABLES[language].WRITTEN).block("    ") for n, tree in trees.items()
    }
    text = "\n".join(f"def f_{name}(x):\n{lines}" for name, lines in code.items())
    return _run_python(language, text, x)


def _run_python(language: str, text: str, x: NDArray[Any]) -> dict[str, NDArray[Any]]:
    space: dict[str, Any] = {"math": math, "np": np}
    if language == "python":
        text = "\n".join(f"def {n}(u):\n    {t}" for n, t in python.QUIET.items()) + "\n" + text
    if language == "numpy":
        space |= {"erf": scipy.special.erf, "erfc": scipy.special.erfc}
    if language == "jax":
        jax_itself = pytest.importorskip("jax")
        jax_itself.config.update("jax_enable_x64", True)
        space |= {"jnp": jax_itself.numpy, "erf": jax_itself.scipy.special.erf,
                  "erfc": jax_itself.scipy.special.erfc}  # fmt: skip
    if language == "torch":
        space["torch"] = pytest.importorskip("torch")
    if language == "sympy":
        space["sp"] = pytest.importorskip("sympy")
    exec(text, space)
    functions = {name: space[f"f_{name}"] for name in OPERATION_FORMULAS}
    if language in ("numpy", "jax"):
        return {name: np.asarray(f(x)) for name, f in functions.items()}
    if language == "torch":
        return {name: f(space["torch"].from_numpy(x)).numpy() for name, f in functions.items()}
    if language == "sympy":
        exact = [space["sp"].Float(t, 30) for t in x.tolist()]
        return {name: np.array([float(f(t)) for t in exact]) for name, f in functions.items()}
    return {name: np.array([f(t) for t in x.tolist()]) for name, f in functions.items()}


def _run_c(trees: dict[str, Node], x: NDArray[Any], folder: Path) -> dict[str, NDArray[Any]]:
    real = c_family.DOUBLE
    written = c_family.notation(c.OPERATIONS, real)
    parts = [
        "#include <math.h>",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "#include <string.h>",
    ]
    parts += [
        c.SETTINGS,
        *kernels.kernels(set(c.OPERATIONS), real),
        *c_family.helpers(set(c_family.HELPERS), c_family.HELPERS, "static", real),
    ]
    for name, tree in trees.items():
        parts.append(c_family.function(f"static double f_{name}(double x)", Form(tree), written))
        parts.append(
            f"void f_{name}_array(const double *x, double *y, size_t n) "
            f"{{ for (size_t i = 0; i < n; i++) y[i] = f_{name}(x[i]); }}"
        )
    made = SimpleNamespace(name="operations", code="\n".join(parts))
    library = compiled(made, folder)
    return {name: array_function(library, f"f_{name}")(x) for name in trees}


def _js_functions(trees: dict[str, Node], folder: Path) -> dict[str, Any]:
    """Each tree as a function of one module."""
    parts = js.helpers(*trees.values())
    for name, tree in trees.items():
        parts.append(js.function(f"f_{name}", Form(tree), js.WRITTEN, name))
    path = folder / "operations.mjs"
    path.write_text("\n\n".join(parts))
    return {name: node_function(path, f"f_{name}") for name in trees}


def _rust_functions(trees: dict[str, Node], folder: Path) -> dict[str, Any]:
    """Each tree as a function of one module."""
    parts = rust.helpers("f64", *trees.values())
    for name, tree in trees.items():
        parts.append(rust.function(f"f_{name}", Form(tree), rust.notation("f64"), "f64", name))
    path = folder / "operations.rs"
    path.write_text("\n\n".join(parts))
    names = [f"f_{name}" for name in trees]
    return dict(zip(trees, rust_functions(path, names, "f64"), strict=True))


def _opencl_functions(trees: dict[str, Node], folder: Path) -> dict[str, Any]:
    """Each tree as a kernel of one file."""
    real, parts = gpu.REALS["float64"], []
    written = c_family.notation(opencl.OPERATIONS, real)
    parts += c_family.helpers(set(c_family.HELPERS), c_family.HELPERS, "static inline", real)
    for name, tree in trees.items():
        head = f"static inline double f_{name}(double x)"
        parts += [c_family.function(head, Form(tree), written)]
        parts += [opencl.loop(f"f_{name}", f"f_{name}", "double")]
    functions = opencl_functions("\n\n".join(parts), [f"f_{name}" for name in trees])
    return dict(zip(trees, functions, strict=True))


_COMPILED = {"js": _js_functions, "rust": _rust_functions, "opencl": _opencl_functions}


def _run_onnx(tree: Node, x: NDArray[Any]) -> NDArray[Any]:
    import onnxruntime

    content = onnx.model(tree, "f", "float32", "")
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x.astype(np.float32)})[0])


# Against others


TORCH_FORMULAS = {
    "mish": "mish", "swish": "silu", "hard-swish": "hardswish", "gelu": "gelu", "relu6": "relu6",
    "elu": "elu", "selu": "selu", "softplus": "softplus", "relu": "relu", "celu": "celu",
    "hard-sigmoid": "hardsigmoid", "leaky-relu": "leaky_relu", "sigmoid": "sigmoid", "tanh": "tanh",
}  # fmt: skip


@pytest.mark.parametrize("name", TORCH_FORMULAS)
def test_the_registry_agrees_with_torch(name: str) -> None:
    """To float32 rounding of torch's intermediate values."""
    torch_itself = pytest.importorskip("torch")
    x = np.linspace(-20, 20, 40001).astype(np.float32)
    theirs = getattr(torch_itself.nn.functional, TORCH_FORMULAS[name])(torch_itself.from_numpy(x))
    ours = actx.formula(name)(x.astype(np.float64)).astype(np.float32)
    # torch's gelu takes 1 + erf, whose rounding error is multiplied by x
    assert_agree(theirs.numpy(), ours.astype(np.float64), x, 16 if name == "gelu" else 4)


def test_gelu_tanh_agrees_with_torch() -> None:
    torch_itself = pytest.importorskip("torch")
    x = np.linspace(-20, 20, 4001).astype(np.float32)
    theirs = torch_itself.nn.functional.gelu(torch_itself.from_numpy(x), approximate="tanh")
    assert_agree(theirs.numpy(), expected("gelu-tanh", x), x, 4)


def test_aptx_agrees_with_its_package(tmp_path: Path) -> None:
    theirs = pytest.importorskip("aptx_activation").APTx()
    torch_itself = pytest.importorskip("torch")
    x = torch_itself.linspace(-20, 20, 4001, dtype=torch_itself.float64)
    assert_agree(theirs(x).numpy(), expected("aptx", x.numpy()), x.numpy(), 4)
    trained = actx.export("aptx", "torch", trainable=True)
    ours = module(trained, tmp_path).Aptx()
    assert torch_itself.allclose(ours(x), theirs(x), rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "definition"),
    [
        ("h-mish", lambda x: x / 2 * np.minimum(2, np.maximum(0, x + 2))),  # Misra, H-Mish
        ("h-mish", lambda x: 0.5 * x * np.clip(x + 2, 0, 2)),  # timm's hard_mish
        ("hard-mish", lambda x: x * np.minimum(np.maximum(x + 3, 0), 5) / 5),  # the forum's
    ],
)
def test_hard_forms_agree_with_their_definitions(name: str, definition: Any) -> None:
    x = np.linspace(-8, 8, 1601)
    assert_agree(actx.formula(name)(x), definition(x), x, 2)


@pytest.mark.parametrize(("name", "trainable"), [("mish", False), ("swish", True)])
def test_torch_passes_gradcheck(name: str, trainable: bool, tmp_path: Path) -> None:
    torch_itself = pytest.importorskip("torch")
    code = module(actx.export(name, "torch", trainable=trainable), tmp_path)
    layer = getattr(code, name.capitalize())().double()
    x = torch_itself.linspace(-6, 6, 41, dtype=torch_itself.float64, requires_grad=True)
    assert torch_itself.autograd.gradcheck(lambda given, *_: layer(given), (x, *layer.parameters()))


def test_torch_saves_only_its_input(tmp_path: Path) -> None:
    torch_itself = pytest.importorskip("torch")
    layer = module(actx.export("mish", "torch"), tmp_path).Mish()
    saved = []
    x = torch_itself.zeros(8, requires_grad=True)
    hooks = torch_itself.autograd.graph.saved_tensors_hooks(
        lambda kept: saved.append(kept) or kept, lambda kept: kept
    )
    with hooks:
        layer(x)
    assert [kept.data_ptr() for kept in saved] == [x.data_ptr()]


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_torch_keeps_half_types(kind: str, tmp_path: Path) -> None:
    """The module's values are those of float64 rounded once, or one unit beside."""
    torch_itself = pytest.importorskip("torch")
    half = getattr(torch_itself, kind)
    layer = module(actx.export("mish", "torch"), tmp_path).Mish()
    x = torch_itself.linspace(-20, 20, 4001).to(half)
    y = layer(x)
    assert y.dtype is half
    wanted = torch_itself.nn.functional.mish(x.double()).to(half)
    assert torch_itself.allclose(y.double(), wanted.double(), rtol=2.0**-7, atol=1e-7)


# C and ONNX in float16, all numbers


def halves() -> NDArray[np.float16]:
    return np.arange(2**16, dtype=np.uint16).view(np.float16)


def half_errors(y: NDArray[np.float16], x: NDArray[np.float16]) -> NDArray[np.float64]:
    """In units in the last place, at the finite numbers."""
    exact = actx.formula("mish")(x.astype(np.float64))
    spacing = np.spacing(np.abs(exact).astype(np.float16)).astype(np.float64)
    return np.abs(y.astype(np.float64) - exact) / spacing


def test_c_in_float16_is_right_for_every_number(tmp_path: Path) -> None:
    need("c")
    made = actx.export("mish", "c", dtype="float16")
    f = array_function(compiled(made, tmp_path, "-std=gnu11", "-O3"), "mish_f16")
    x = halves()
    y = f(x)
    assert np.array_equal(np.isnan(y), np.isnan(x))
    assert y[x == -INF] == 0
    assert y[x == INF] == INF
    finite = np.isfinite(x)
    worst = half_errors(y[finite], x[finite]).max()
    assert worst == pytest.approx(made.rounding[0].ulps, abs=0.01)
    assert f"{made.rounding[0].ulps:.2f} ulp" in made.code
    assert made.rounding[0].exhaustive


def test_onnx_in_float16_is_right_for_every_number() -> None:
    need("onnx")
    made = actx.export("mish", "onnx", dtype="float16")
    f, _ = load("onnx", made, Path())
    x = halves()
    y = f(x)
    assert np.array_equal(np.isnan(y), np.isnan(x))
    assert y[x == -INF] == 0
    assert y[x == INF] == INF
    finite = np.isfinite(x)
    normal = np.abs(actx.formula("mish")(x[finite].astype(np.float64))) >= 2.0**-14
    stated = max(error.ulps for error in made.rounding)
    assert half_errors(y[finite], x[finite])[normal].max() <= stated + 0.01


def test_onnx_holds_standard_operators_only() -> None:
    onnx_itself = pytest.importorskip("onnx")
    model = onnx_itself.load_from_string(actx.export("mish", "onnx", dtype="float16").content)
    onnx_itself.checker.check_model(model, full_check=True)
    assert [each.version for each in model.opset_import] == [onnx.OPSET]
    assert {n.op_type for n in model.graph.node} == {"Max", "Min", "Exp", "Add", "Mul", "Div"}
    assert all(n.domain == "" for n in model.graph.node)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_c_keeps_to_the_errors_it_states(dtype: str, tmp_path: Path) -> None:
    """Its exp is within 1 ulp, which the gate and the product may double."""
    need("c")
    made = actx.export("mish", "c", dtype=dtype)
    f = array_function(compiled(made, tmp_path), f"mish{C[dtype]}")
    kept = arithmetic(dtype).store
    x, exact = points(kept), truth(actx.formula("mish").bound, kept)
    values = f(x.astype(dtype)).astype(np.float64)
    normal = np.abs(exact) >= faintest(kept)
    errors = ulps(values, exact, kept)[normal | np.isinf(exact) | (exact == 0)]
    assert errors.max() <= made.rounding[0].ulps + 3


C = {"float32": "f", "float64": ""}


@pytest.mark.parametrize(
    ("name", "kind", "type_"), [("float", np.float32, "f"), ("double", np.float64, "")]
)
def test_exp_of_c_is_within_one_ulp(name: str, kind: Any, type_: str, tmp_path: Path) -> None:
    need("c")
    real = c_family.FLOAT if name == "float" else c_family.DOUBLE
    text = "\n".join(
        [
            "#include <stddef.h>", "#include <stdint.h>", "#include <string.h>",
            c.SETTINGS, *kernels.kernels({"exp"}, real),
            f"void e_array(const {name} *x, {name} *y, size_t n) "
            f"{{ for (size_t i = 0; i < n; i++) y[i] = exp_inline{type_}(x[i]); }}",
        ]
    )  # fmt: skip
    made = SimpleNamespace(name="e", code=text)
    f = array_function(compiled(made, tmp_path), "e")
    low, high = (-104, 89) if kind is np.float32 else (-746, 710)
    x = np.concatenate([np.linspace(low, high, 20001), [0.0, INF, -INF, NAN, 1e30, -1e30]])
    x = x.astype(kind)
    y = f(x)
    with mp.workprec(200):
        for given, found in zip(x.tolist(), y.tolist(), strict=True):
            if not math.isfinite(given) or abs(given) > 1e6:
                continue
            exact = mp.exp(given)
            unit = max(float(np.spacing(kind(min(float(exact), float(np.finfo(kind).max))))), 0)
            if exact < mp.mpf(float(np.finfo(kind).max)):
                assert abs(mp.mpf(found) - exact) <= mp.mpf(unit), given
            else:
                assert found == INF or found == float(np.finfo(kind).max)
    assert y[-6:-2].tolist()[:3] == [1, INF, 0]
    assert np.isnan(y[-3])
    assert y[-2:].tolist() == [INF, 0]


# JavaScript, Rust


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", OPERATION_FORMULAS)
def test_each_operation_is_computed_as_by_mpmath(name: str, script: dict[str, Any]) -> None:
    """To 8 units in the last place, conditioned as the formula is: by its values beside x."""
    x = np.concatenate([np.linspace(-5.9, 5.9, 60), [-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.5]])
    found = script[name](x)
    eps = 2.0**-52
    with mp.workdps(30):
        for place, value in zip(x.tolist(), found.tolist(), strict=True):
            wanted = true_value(operation_tree(name), place)
            beside = [true_value(operation_tree(name), place * (1 + k * eps)) for k in (-1, 1)]
            spread = max(abs(each - wanted) for each in beside)
            assert abs(value - wanted) <= 8 * eps * abs(wanted) + 2 * spread, (place, value)


@pytest.fixture(scope="module", params=_COMPILED)
def script(request: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    need(request.param)
    forms = TABLES[request.param].FORMS
    trees = {name: lowered(operation_tree(name), forms) for name in OPERATION_FORMULAS}
    return _COMPILED[request.param](trees, tmp_path_factory.mktemp(request.param))


def test_erf_of_javascript_is_within_a_few_units_everywhere(tmp_path: Path) -> None:
    need("js")
    u = np.concatenate([np.linspace(-6, 27.4, 1671), np.geomspace(1e-300, 0.51, 200)])
    path = tmp_path / "erf.mjs"
    path.write_text(f"{js.HELPERS['erf']}\nexport {{ erf, erfc }};\n")
    for name, sign in (("erf", -1), ("erfc", 1)):
        f, x = node_function(path, name), sign * u
        with mp.workdps(40):
            exact = [getattr(mp, name)(mp.mpf(t)) for t in x.tolist()]
            errors = [
                float(abs(y - e) / np.spacing(abs(float(e)))) if abs(e) > 1e-305 else 0.0
                for y, e in zip(f(x).tolist(), exact, strict=True)
            ]
        assert max(errors) < 6, (name, x[int(np.argmax(errors))])
        ends = f(np.array([INF, -INF, NAN, 0.0])).tolist()
        assert ends[:2] + ends[3:] == ([1, -1, 0] if name == "erf" else [0, 2, 1])
        assert math.isnan(ends[2])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("language", _COMPILED)
@pytest.mark.parametrize("name", ["gelu", "softplus", "serf", "hard-swish", "elu", "aptx"])
def test_code_agrees_with_mpmath_far_out(name: str, language: str, tmp_path: Path) -> None:
    need(language)
    f, slope = load(language, actx.export(name, language), tmp_path)
    tree = actx.formula(name).bound
    x = np.array([-1e300, -700.5, -30.25, -3.3, -0.7, 1e-9, 0.9, 2.2, 40.5, 710.5, 1e300])
    with mp.workdps(250):  # 1 + erf cancels
        wanted = [float(true_value(tree, t)) for t in x.tolist()]
        rates = [float(mp.diff(lambda u: true_value(tree, u), t)) for t in x[1:-1].tolist()]
    assert f(x) == pytest.approx(wanted, rel=1e-12, abs=1e-300)
    assert slope(x[1:-1]) == pytest.approx(rates, rel=1e-11, abs=1e-13)


# LaTeX


def test_latex() -> None:
    code = actx.export("hard-mish", "latex").code
    assert code.count("{") == code.count("}")
    assert r"\frac{x \, \operatorname{clip}\left(x + 3, 0, 5\right)}{5}" in code
    assert r"0 & \text{if } x \le -3 \\ 1 & \text{if } x > 2 \\ 0.4 \, x + 0.6" in code


# The text


@pytest.mark.parametrize("language", ["python", "c", "jax", "latex"])
def test_the_head_tells_what_is_known(language: str) -> None:
    code = " ".join(re.sub(r"[#%*]|\s", " ", str(actx.export("hard-mish", language).code)).split())
    assert "hard-mish: x relu5(x + 3)/5" in code
    assert "forum discussion on hard-mish" in code
    assert "max error against mish: at most 0.1595467 (proven)" in code
    assert "The derivative jumps at x = -3, 2; there it is the left one." in code
    assert f"Written by actx {actx.__version__}." in code


def test_set_values_are_filled_in(tmp_path: Path) -> None:
    made = actx.export("2x*sigmoid(a*x)", "python", set={"a": 1.5}, name="fitted", target="swish")
    f, derivative = load("python", made, tmp_path)
    x = np.linspace(-9, 9, 101)
    assert f(x) == pytest.approx(2 * x / (1 + np.exp(-1.5 * x)), rel=1e-14, abs=1e-300)
    step = 1e-5
    assert derivative(x) == pytest.approx((f(x + step) - f(x - step)) / (2 * step), abs=1e-9)
    assert "max error against swish: without bound" in str(made.code)


def test_what_is_shared_is_named_once() -> None:
    code = str(actx.export("mish", "numpy").code)
    assert code.split("def mish(x)")[1].split("def ")[0].count("np.exp(") == 1


def test_a_number_alone_has_the_shape_of_x(tmp_path: Path) -> None:
    f, derivative = load("numpy", actx.export("3", "numpy", name="three"), tmp_path)
    assert f(np.zeros(4)).tolist() == [3, 3, 3, 3]
    assert derivative(np.zeros(4)).tolist() == [0, 0, 0, 0]


# The command


def test_export_writes_code_or_a_file(tmp_path: Path) -> None:
    done = run("export", "relu", "--to", "python")
    assert done.returncode == 0
    assert "def relu_activation(x: float)" in done.stdout
    path = tmp_path / "relu.py"
    assert run("export", "relu", "--to", "python", "-o", str(path)).stdout == f"{path}\n"
    assert path.read_text() == done.stdout
    assert [each.name for each in tmp_path.iterdir()] == ["relu.py"]


def test_export_json() -> None:
    result = run_json("export", "hard-mish", "--to", "c", "--dtype", "float16")
    assert result["name"] == "hard_mish"
    assert result["types"] == ["float16"]
    assert result["kinks"] == [-3, 2]
    assert result["rounding"][0]["exhaustive"] is True
    assert result["max_error"]["value"] == pytest.approx(0.1595466051418)
    assert "hard_mish_f16" in result["code"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["mish"], "--to LANG is missing"),
        (["mish", "--to", "cc"], "no language 'cc'"),
        (["mish", "--to", "c", "--dtype", "int8"], "not for 'int8'"),
        (["mish", "--to", "torch", "--dtype", "float16"], "Leave out --dtype"),
        (["mish", "--to", "onnx"], "-o act.onnx"),
        (["mish", "--to", "c", "--name", "2fast"], "cannot be called '2fast'"),
        (["mish", "--to", "torch", "--trainable"], "no parameters"),
        (["swish", "--to", "c", "--trainable"], "torch code only"),
        (["a*x", "--to", "c"], "a value for a"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told(args: list[str], message: str) -> None:
    assert message in refused("export", *args)


@pytest.mark.parametrize("name", ["kernel", "thread", "bitcast", "tl", "template", "fn", "uint"])
def test_words_of_languages_are_no_names(name: str) -> None:
    assert f"cannot be called {name!r}" in refused("export", "mish", "--to", "c", "--name", name)


def test_a_place_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    place = tmp_path / "none" / "mish.c"
    assert "there is no folder" in refused(
        "export", "mish", "--to", "c", "-o", str(place), status=1
    )


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    """With an onnx in front of the real one that cannot be imported."""
    (tmp_path / "onnx.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    message = refused("export", "relu", "--to", "onnx", "-o", "x.onnx", status=1, PYTHONPATH=path)
    assert install_hint("onnx") in message


def test_what_cannot_be_told_is_said() -> None:
    code = str(actx.export("log(x)", "python").code)
    assert "max error against mish: not known" in code
    assert "--domain" not in code  # an export has none
    assert "rounding" not in code
