"""SLEEF, whose vector functions round to 1 unit or so: the formulas that are one of them.

Its header and library are looked for by the compiler that the backend c uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from actx.calculus.formula import Formula
from actx.core.errors import BenchError
from actx.language.operations import OPERATIONS
from actx.language.tree import ZERO, Node, X, node, simplify
from actx.studies.bench.backends import Kernel, Settings
from actx.studies.bench.backends import c as compiled

DTYPES = ("float32", "float64")
THREADS = True
_UNITS = {"erfc": "u15", "sinh": "u10", "cosh": "u10"}  # of what it promises; else u10
_NAMES = (
    "exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "cbrt",
)  # fmt: skip
_CODE = """\
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <immintrin.h>
#include <sleef.h>
#if defined(__AVX512F__)
typedef __m512{d} vector;
#define NAMED(name, unit) Sleef_##name##{letter}{wide}_##unit
#define LOAD _mm512_loadu_p{s}
#define STORE _mm512_storeu_p{s}
#define LARGER _mm512_max_p{s}
#define NOTHING _mm512_setzero_p{s}
#elif defined(__AVX2__)
typedef __m256{d} vector;
#define NAMED(name, unit) Sleef_##name##{letter}{half}_##unit
#define LOAD _mm256_loadu_p{s}
#define STORE _mm256_storeu_p{s}
#define LARGER _mm256_max_p{s}
#define NOTHING _mm256_setzero_p{s}
#else
#error "AVX2 is needed"
#endif

void over_array(const {real} *x, {real} *y, size_t n) {{
    const size_t width = sizeof(vector) / sizeof({real});
    for (size_t i = 0; i + width <= n; i += width) {{
        const vector v = LOAD(x + i);
        STORE(y + i, {call});
    }}
    {real} rest[sizeof(vector) / sizeof({real})] = {{0}};
    const size_t left = n % width;
    memcpy(rest, x + n - left, left * sizeof({real}));
    const vector v = LOAD(rest);
    STORE(rest, {call});
    memcpy(y + n - left, rest, left * sizeof({real}));
}}
"""


def _calls() -> Mapping[Node, tuple[str, str]]:
    """By what they are of x: how SLEEF's functions are called, and in words."""
    found = {simplify(node("max", X, ZERO)): ("LARGER(v, NOTHING())", "one vector instruction")}
    for name in _NAMES:
        unit = _UNITS.get(name, "u10")
        assert name in OPERATIONS
        found[simplify(node(name, X))] = f"NAMED({name}, {unit})(v)", f"Sleef_{name}, {unit}"
    return found


@dataclass
class _Sleef:
    inner: compiled.Compiled

    def __post_init__(self) -> None:
        self.size, self.device = self.inner.size, self.inner.device
        self.versions = self.inner.versions

    def copy(self) -> None:
        self.inner.copy()

    def kernel(self, formula: Formula) -> Kernel:
        call, words = self._call(formula)
        single = self.inner.settings.dtype == "float32"
        code = _CODE.format(
            call=call, real="float" if single else "double", d="" if single else "d",
            letter="f" if single else "d", wide=16 if single else 8, half=8 if single else 4,
            s="s" if single else "d",
        )  # fmt: skip
        library = self.inner.library(code, "what calls SLEEF", "-lsleef")
        forward = self.inner.over_array(library["over_array"], self.inner.x, self.inner.y)
        return Kernel(words, forward, None, None)

    def _call(self, formula: Formula) -> tuple[str, str]:
        known = _calls()
        found = known.get(simplify(formula.bound))
        if found is None:
            raise BenchError(f"SLEEF has functions such as {', '.join(_NAMES[:4])} only.")
        return found

    def seconds(self, call: Callable[[], object], calls: int) -> float:
        return self.inner.seconds(call, calls)


@contextmanager
def start(settings: Settings) -> Iterator[_Sleef]:
    """Run SLEEF. Raises BenchError where the compiler does not find it."""
    with compiled.start(settings) as inner:
        running = _Sleef(inner)
        try:
            running.kernel(Formula("exp(x)", node("exp", X)))
        except BenchError as reason:
            raise BenchError(
                "The backend sleef needs SLEEF and a processor with AVX2 (on Debian and Ubuntu: "
                f"apt install libsleef-dev). {reason.message}"
            ) from None
        yield running
