"""The elementary functions of exported C, beside those of NumPy, SciPy and the C library."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import kernel_polynomials as polynomials
import mpmath
import numpy as np
import pytest
from exported import array_function, compiled, need
from mpmath import mp
from numpy.typing import NDArray
from scipy import special

import actx
from actx.codegen.languages import c, kernels
from actx.codegen.languages.c_family import DOUBLE, FLOAT

INF, NAN = float("inf"), float("nan")
FLOATS = NDArray[np.float32]
DOUBLES = NDArray[np.float64]


def gate(v: DOUBLES) -> DOUBLES:
    """tanh(softplus(u)) by v = exp(u)."""
    return v * (v + 2) / (v * (v + 2) + 2)


def closed(y: DOUBLES, u: DOUBLES) -> DOUBLES:
    """-0 where u is -inf, and y elsewhere."""
    return np.where(u == -INF, -0.0, y)


def call(name: str, x: str) -> str:
    """A kernel of float at x, in C."""
    twice = name.removesuffix("_near") in TWICE
    return f"{name}_inlinef({x}, {x})" if twice else f"{name}_inlinef({x})"


TRUTH: dict[str, Callable[[DOUBLES], DOUBLES]] = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "tanh": np.tanh,
    "sigmoid": special.expit, "softplus": lambda u: np.maximum(u, 0) + np.log1p(np.exp(-abs(u))),
    "mish_gate": lambda u: gate(np.exp(np.minimum(u, 40))), "erf": special.erf,
    "erfc": special.erfc, "normcdf": lambda u: special.erfc(-u * 0.5**0.5) / 2,
    "sin": np.sin, "cos": np.cos,
    "sinh": np.sinh, "cosh": np.cosh, "atan": np.arctan,
    "times_sigmoid": lambda u: closed(u * special.expit(u), u),
    "times_mish_gate": lambda u: closed(u * gate(np.exp(np.minimum(u, 40))), u),
    "times_normcdf": lambda u: closed(u * special.erfc(-u * 0.5**0.5) / 2, u),
}  # fmt: skip
TWICE = {"times_sigmoid", "times_mish_gate", "times_normcdf"}  # of u and v, both of which are x
LIBRARY = {  # the same as C
    **{name: f"{name}(u)" for name in (
        "exp", "expm1", "log", "log1p", "tanh", "erf", "erfc", "sin", "cos", "sinh", "cosh", "atan",
    )},
    "sigmoid": "1/(1 + exp(-u))", "softplus": "u > 0 ? u + log1p(exp(-u)) : log1p(exp(u))",
    "mish_gate": "u > 40 ? 1 : exp(u)*(exp(u) + 2)/(exp(u)*(exp(u) + 2) + 2)",
    "normcdf": "0.5*erfc(-u*0.70710678118654752440)",
    "times_normcdf": "u < -200 ? -0.0 : u*(0.5*erfc(-u*0.70710678118654752440))",
    "times_sigmoid": "u < -200 ? -0.0 : u/(1 + exp(-u))",
    "times_mish_gate":
        "u < -200 ? -0.0 : u > 40 ? u : u*(exp(u)*(exp(u) + 2)/(exp(u)*(exp(u) + 2) + 2))",
}  # fmt: skip
NEAR = kernels.limits(FLOAT)
LIBRARY |= {f"{name}_near": LIBRARY[name] for name in NEAR}
WITH_FMA, WITHOUT = ("-O3", "-march=native"), ("-O2", "-ffp-contract=off", "-DWITHOUT_FMA")
INCLUDES = "\n".join(f"#include <{name}.h>" for name in ("math", "stddef", "stdint", "string"))


def source() -> str:
    """All kernels of float, as they stand in exported code."""
    return "\n\n".join([c.SETTINGS, INCLUDES, *kernels.kernels(set(TRUTH), FLOAT, near=True)])


def sample() -> FLOATS:
    """Floats of all binades, more of those that are met with, and the special ones."""
    random = np.random.default_rng(17)
    bits = np.arange(0, 2**32, 40009, dtype=np.uint64) + random.integers(0, 40009, 107351)
    usual = random.normal(0, 6, 100_000)
    special_ones = [0.0, -0.0, INF, -INF, NAN, 1, -1, 2.0**-149, -(2.0**-149), 88.72284, -103.97208]
    patterns = bits[bits < 2**32].astype(np.uint32).view(np.float32)
    with np.errstate(all="ignore"):
        return np.concatenate([patterns, *(np.float32(each) for each in (usual, special_ones))])


def ulps(values: FLOATS, exact: DOUBLES) -> DOUBLES:
    """Errors in units in the last place; what overflows counts as 2^128."""
    far = 2.0**128
    with np.errstate(invalid="ignore"):
        held, right = (np.clip(each.astype(np.float64), -far, far) for each in (values, exact))
    unit = np.exp2(np.clip(np.frexp(right)[1], -125, 128) - 24.0)
    return np.nan_to_num(np.abs(held - right) / unit)


@pytest.mark.parametrize("flags", [WITH_FMA, WITHOUT], ids=["fma", "plain"])
def test_kernels_of_float_are_within_their_errors(flags: tuple[str, ...], tmp_path: Path) -> None:
    need("c")
    loops = [
        f"void {name}_array(const float *x, float *y, size_t n) "
        f"{{ for (size_t i = 0; i < n; i++) y[i] = {call(name, 'x[i]')}; }}"
        for name in [*TRUTH, *(f"{name}_near" for name in NEAR)]
    ]
    made = SimpleNamespace(name="kernels", code="\n".join([source(), *loops]))
    library = compiled(made, tmp_path, "-std=c99", *flags)
    x = sample()
    assert kernels.errors(FLOAT).keys() == TRUTH.keys() | {"hypot", "pow"}
    for name, exact in TRUTH.items():
        with np.errstate(all="ignore"):
            right = exact(x.astype(np.float64))
        values = array_function(library, name)(x)
        assert np.array_equal(np.isnan(values), np.isnan(right)), name
        assert ulps(values, right).max() <= kernels.errors(FLOAT)[name], name
        at_zero = values[x == 0]
        assert np.array_equal(np.signbit(at_zero), np.signbit(right[x == 0])), name
        if name in NEAR:
            near = abs(x) <= NEAR[name]
            values = array_function(library, f"{name}_near")(x[near])
            assert ulps(values, right[near]).max() <= kernels.errors(FLOAT)[name], name


def test_hypot_is_rounded_once(tmp_path: Path) -> None:
    """Within half a unit, also where squares of floats overflow or vanish."""
    need("c")
    code = str(actx.export("hypot(x, 3)", "c", dtype="float32", name="side").code)
    library = compiled(SimpleNamespace(name="side", code=code), tmp_path, "-std=c99", "-O3")
    x = sample()
    with np.errstate(all="ignore"):
        right = np.hypot(x.astype(np.float64), 3)
    values = array_function(library, "sidef")(x)
    assert "hypot_inlinef(x, 3.0f)" in code
    assert np.array_equal(np.isnan(values), np.isnan(right))
    assert ulps(values, right).max() <= kernels.errors(FLOAT)["hypot"]


def pairs() -> tuple[FLOATS, FLOATS]:
    """Bases and exponents: of all binades, such that the power is a float, whole and special."""
    random = np.random.default_rng(18)
    anything = random.integers(0, 2**32, (2, 100_000), dtype=np.uint32).view(np.float32)
    base = np.exp(random.uniform(-80, 80, 200_000)).astype(np.float32)
    exponent = random.uniform(-105, 90, base.size) / np.log(base.astype(float))
    near = (1 + random.normal(0, 1e-4, 100_000)).astype(np.float32)
    far = random.uniform(-1e6, 1e6, near.size)
    whole = random.integers(-12, 13, 50_000)
    signed = random.normal(0, 3, whole.size)
    special_ones = [0.0, -0.0, 1, -1, INF, -INF, NAN, 0.5, -0.5, 2, 3, -3, 2.0**23 + 1, 2.0**24 + 2]
    special_ones += [-(2.0**23) - 1, 4194304.5, -4194303.5, 2.0**-149, 0.99999994, 3e38]
    grid = np.array(np.meshgrid(special_ones, special_ones)).reshape(2, -1)
    parts = [anything, (base, exponent), (near, far), (signed, whole), grid]
    u, v = (np.concatenate([np.float32(part[i]) for part in parts]) for i in (0, 1))
    return u, v


@pytest.mark.parametrize("flags", [WITH_FMA, WITHOUT], ids=["fma", "plain"])
def test_powers_of_float_are_within_their_error(flags: tuple[str, ...], tmp_path: Path) -> None:
    """Also of negative bases, at zeros, infinities and NaN, as C99 has it."""
    need("c")
    loop = """void pow_pairs(const float *u, const float *v, float *y, size_t n) {
        for (size_t i = 0; i < n; i++) y[i] = pow_inlinef(u[i], v[i]); }"""
    parts = [c.SETTINGS, INCLUDES, *kernels.kernels({"pow"}, FLOAT), loop]
    library = compiled(
        SimpleNamespace(name="power", code="\n\n".join(parts)), tmp_path, "-std=c99", *flags
    )
    u, v = pairs()
    values = np.empty_like(u)
    library.pow_pairs.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_size_t]
    library.pow_pairs(u.ctypes.data, v.ctypes.data, values.ctypes.data, u.size)
    with np.errstate(all="ignore"):
        right = np.power(u.astype(np.float64), v.astype(np.float64))
    assert np.array_equal(np.isnan(values), np.isnan(right))
    assert ulps(values, right).max() <= kernels.errors(FLOAT)["pow"]
    exact = (right == 0) | np.isinf(right)
    assert np.array_equal(np.signbit(values[exact]), np.signbit(right[exact]))


@pytest.mark.parametrize("kind", ["float32", "float16"])
def test_sines_are_right_in_blocks_with_far_arguments_and_without(
    kind: str, tmp_path: Path
) -> None:
    """Loops take quicker sines for the blocks in which no argument is far off."""
    need("c")
    code = str(actx.export("sin(100x)*cos(x)", "c", dtype=kind, name="wave").code)
    assert "sinf(" not in code.replace("_inlinef(", "(")
    library = compiled(SimpleNamespace(name="wave", code=code), tmp_path, "-std=gnu99", "-O3")
    x = np.linspace(-50, 50, 3000).astype(kind)
    x[[700, 1600, 1601, 1602]] = [60_000, INF, -INF, NAN]
    x[2990] = 2.0**100 if kind == "float32" else -65504
    with np.errstate(all="ignore"):
        scaled = (np.float32(100) * x.astype(np.float32)).astype(np.float64)
        right = np.sin(scaled) * np.cos(x.astype(np.float64))
    suffix = {"float32": "f", "float16": "_f16"}[kind]
    values = array_function(library, f"wave{suffix}")(x).astype(np.float64)
    assert np.array_equal(np.isnan(values), np.isnan(right))
    off = np.nan_to_num(values - right)
    assert (abs(off) <= 2 * np.finfo(kind).eps * np.nan_to_num(abs(right)) + 1e-7).all()


WIDE = NDArray[np.longdouble]
TRUTH_OF_DOUBLE: dict[str, Callable[[WIDE], WIDE]] = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "tanh": np.tanh,
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
    "softplus": lambda u: np.maximum(u, 0) + np.log1p(np.exp(-abs(u))),
    "mish_gate": lambda u: gate(np.exp(np.minimum(u, 60))),
    "sinh": np.sinh, "cosh": np.cosh, "atan": np.arctan, "sin": np.sin, "cos": np.cos,
}  # fmt: skip


def doubles() -> DOUBLES:
    """Doubles of all binades, more of those that are met with, and the special ones."""
    random = np.random.default_rng(19)
    patterns = random.integers(0, 2**64, 60_000, dtype=np.uint64).view(np.float64)
    usual = [random.normal(0, scale, 40_000) for scale in (0.1, 1, 6)]
    scaled = 10.0 ** random.uniform(-20, 3, 40_000) * random.choice([-1, 1], 40_000)
    edges = random.uniform(-750, 750, 20_000)
    turns = np.arange(-2000, 2001) * np.pi / 4  # the doubles next to zeros of sines, and between
    special_ones = [0.0, -0.0, INF, -INF, NAN, 1, -1, 5e-324, -5e-324, 709.782712893384, -745.14]
    return np.concatenate([patterns, *usual, scaled, edges, turns, special_ones])


def ulps_of_double(values: DOUBLES, exact: WIDE) -> DOUBLES:
    """Errors in units in the last place; what overflows counts as 2^1024."""
    far = np.longdouble(2) ** 1024
    with np.errstate(all="ignore"):
        held, right = (np.clip(each.astype(np.longdouble), -far, far) for each in (values, exact))
        exponents = np.clip(np.frexp(right)[1], -1021, 1024) - 53
        off = np.abs(held - right) / np.ldexp(np.longdouble(1), exponents)
    return np.nan_to_num(off).astype(np.float64)


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="needs a wider long double")
@pytest.mark.parametrize("flags", [WITH_FMA, WITHOUT], ids=["fma", "plain"])
def test_kernels_of_double_are_within_their_errors(flags: tuple[str, ...], tmp_path: Path) -> None:
    need("c")
    loops = [
        f"void {name}_array(const double *x, double *y, size_t n) "
        f"{{ for (size_t i = 0; i < n; i++) y[i] = {name}_inline(x[i]); }}"
        for name in TRUTH_OF_DOUBLE
    ]
    used = kernels.kernels(set(TRUTH_OF_DOUBLE), DOUBLE, near=True)
    text = [c.SETTINGS, INCLUDES, *used, *loops]
    made = SimpleNamespace(name="kernels", code="\n\n".join(text))
    library = compiled(made, tmp_path, "-std=c99", *flags)
    x = doubles()
    assert kernels.errors(DOUBLE).keys() == TRUTH_OF_DOUBLE.keys()
    for name, exact in TRUTH_OF_DOUBLE.items():
        with np.errstate(all="ignore"):
            right = exact(x.astype(np.longdouble))
        values = array_function(library, name)(x)
        assert np.array_equal(np.isnan(values), np.isnan(right)), name
        assert ulps_of_double(values, right).max() <= kernels.errors(DOUBLE)[name], name
        at_zero = values[x == 0]
        assert np.array_equal(np.signbit(at_zero), np.signbit(right[x == 0])), name


# The exact values come from the vector functions of the C library, some units of double off; for
# infinities and NaN, which these may get wrong, from its functions of one number.
TRUTH_OF_ARRAYS = """
#include <math.h>
#include <stddef.h>
static inline double truth(double u) {{ return {truth}; }}
void truths(const float *restrict x, double *restrict y, size_t n) {{
    for (size_t i = 0; i < n; i++) y[i] = truth(x[i]);
}}
"""
EXHAUSTIVE = """
#include <stdio.h>
void truths(const float *x, double *y, size_t n);
static double truth(double u) {{ return {truth}; }}
static inline double ulps(float y, double exact) {{ /* what overflows is 2^128 */
    const double far = 0x1p128, held = y > far ? far : y < -far ? -far : y;
    exact = exact > far ? far : exact < -far ? -far : exact;
    uint64_t bits;
    memcpy(&bits, &exact, sizeof bits);
    bits &= 0x7ff0000000000000u;
    double unit;
    memcpy(&unit, &bits, sizeof unit);
    unit = unit < 0x1p-126 ? 0x1p-126 : unit > 0x1p127 ? 0x1p127 : unit;
    const double off = fabs(held - exact) / (unit * 0x1p-23);
    return (y != y) & (exact != exact) ? 0 : off;
}}
int main(void) {{
    enum {{ N = 4096 }};
    static float x[N], y[N];
    static double exact[N], off[N];
    double worst = 0;
    for (uint64_t start = 0; start < 4294967296u; start += N) {{
        for (uint32_t i = 0; i < N; i++) x[i] = float_of_bits((uint32_t)start + i);
        for (uint32_t i = 0; i < N; i++) x[i] = fabsf(x[i]) > {most} ? 1 : x[i];
        for (uint32_t i = 0; i < N; i++) y[i] = {call};
        if (~start & 0x7f800000u) truths(x, exact, N);
        else for (uint32_t i = 0; i < N; i++) exact[i] = truth(x[i]);
        for (uint32_t i = 0; i < N; i++) off[i] = ulps(y[i], exact[i]);
        for (uint32_t i = 0; i < N; i++) off[i] = off[i] == off[i] ? off[i] : INFINITY;
        for (uint32_t i = 0; i < N; i++) worst = off[i] <= worst ? worst : off[i];
    }}
    printf("%.9g", worst);
    return 0;
}}
"""


@pytest.mark.long
@pytest.mark.parametrize("flags", [WITH_FMA, WITHOUT], ids=["fma", "plain"])
@pytest.mark.parametrize("name", LIBRARY)
def test_kernels_of_float_at_all_numbers(name: str, flags: tuple[str, ...], tmp_path: Path) -> None:
    need("c")
    errors = kernels.errors(FLOAT)
    assert worst_of_all(name, flags, tmp_path) <= errors[name.removesuffix("_near")]


def worst_of_all(name: str, flags: tuple[str, ...], folder: Path) -> float:
    """The largest error of a kernel at all floats."""
    ours, theirs, program = folder / "ours.c", folder / "theirs.c", folder / "all"
    most = NEAR[name.removesuffix("_near")] if name.endswith("_near") else "INFINITY"
    ours.write_text(
        source() + EXHAUSTIVE.format(truth=LIBRARY[name], call=call(name, "x[i]"), most=most)
    )
    theirs.write_text(TRUTH_OF_ARRAYS.format(truth=LIBRARY[name]))
    for path, how in ((ours, flags), (theirs, ("-Ofast", "-march=native"))):
        command = ["gcc", "-std=gnu99", *how, "-c", str(path), "-o", str(path.with_suffix(".o"))]
        subprocess.run(command, check=True)
    parts = [str(path.with_suffix(".o")) for path in (ours, theirs)]
    subprocess.run(["gcc", *parts, "-o", str(program), "-lmvec", "-lm"], check=True)
    done = subprocess.run([str(program)], capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("level", ["-O2", "-O3"])
def test_code_with_kernels_compiles_without_a_warning(
    compiler: str, level: str, tmp_path: Path
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    made = actx.export(
        "where(x < 1, log1p(x), softplus(x)*sigmoid(x)) + tanh(x) + sqrt(x) + expm1(x) + log(x)"
        " + sin(x) + cos(2x) + sinh(x)/cosh(x) + atan(x) + abs(x)^2.3 + x*tanh(softplus(x))",
        "c",
    )
    path = tmp_path / "all.c"
    path.write_text(str(made.code))
    strict = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror"]
    for more in ([], ["-mavx2", "-mfma"]) if level == "-O3" else ([],):
        command = [compiler, level, *strict, *more, "-c", str(path), "-o", str(tmp_path / "all.o")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_a_file_holds_the_kernels_that_it_needs_and_no_other() -> None:
    code = str(actx.export("swish", "c", dtype="float32").code)
    assert "sigmoid_inlinef(float u)" in code
    assert "exp_lean_float(" in code
    assert "log" not in code.split("#include <string.h>")[1].replace("log(2)", "")


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_polynomials_are_as_near_as_is_told(kind: str) -> None:
    """At a thousand points each, by mpmath; what wrote them has proven it (`actx.compare`)."""
    for name, entry in polynomials.stored()[kind].items():
        lowest, highest = entry["domain"]
        with mp.workprec(120):
            values = {f"c{i}": mp.mpf(c) for i, c in enumerate(entry["coefficients"])}
            template, target = entry["template"], entry["target"]
            weight = entry.get("weight", "1")
            errors = (
                (_at(template, x, values) - _at(target, x, {})) * _at(weight, x, {})
                for x in mp.linspace(lowest, highest, 1000)
                if x != 0  # where atan(x)/x is no quotient
            )
            worst = max(map(abs, errors))
        assert worst <= entry["error"], name
        assert worst >= 0.9 * entry["error"], name


def _at(text: str, x: mpmath.mpf, values: dict[str, mpmath.mpf]) -> mpmath.mpf:
    names = (
        "expm1",
        "log1p",
        "sin",
        "cos",
        "sinh",
        "tanh",
        "atan",
        "atanh",
        "erf",
        "erfc",
        "log",
        "exp",
    )
    space = {
        "normcdf": mp.ncdf,
        "pi": mp.pi,
        "sinc": mp.sinc,
        **{name: getattr(mp, name) for name in names},
    }
    return eval(text.replace("^", "**"), {**space, **values, "x": x})  # our own text


@pytest.mark.long
def test_polynomials_are_those_that_the_fit_finds() -> None:
    assert polynomials.text() == polynomials.PATH.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["mish", "swish"])
def test_products_with_a_gate_are_right_where_it_is_subnormal(name: str, tmp_path: Path) -> None:
    """Also next to numbers that are far off, in a block with these, and of an infinite one."""
    need("c")
    code = str(actx.export(name, "c", dtype="float32").code)
    library = compiled(SimpleNamespace(name=name, code=code), tmp_path, "-std=c99", "-O3")
    x = np.concatenate([np.linspace(-120, -70, 30_000), np.linspace(-60, 60, 30_000)])
    x = np.append(x, [-INF, -3e38, 3e38, INF]).astype(np.float32)
    with np.errstate(all="ignore"):
        right = TRUTH["times_mish_gate" if name == "mish" else "times_sigmoid"](x.astype(float))
    values = array_function(library, f"{name}f")(x)
    assert ulps(values, right).max() <= 2
    assert (
        ulps(array_function(library, f"{name}f")(x[-40_000:-20_000]), right[-40_000:-20_000]).max()
        <= 2
    )
