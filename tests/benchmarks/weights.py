"""The weights of operations, measured on this machine: `python tests/benchmarks/weights.py`.

Compiles a loop for each operation over float32 arrays that stay in the first-level cache, with gcc
and the vector functions of its C library, and prints its time as multiples of one addition beside
the weight in `actx/language/operations.py`. An addition is one step of a chain of multiplies and
adds.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from actx.calculus.cost import HALVING, WHOLE_EXPONENT, price

FLAGS = ["-O3", "-mavx2", "-ffast-math", "-ffp-contract=off", "-fno-associative-math",
         "-fno-reciprocal-math"]  # fmt: skip
CHAIN = "((((((((u*v+u)*v+u)*v+u)*v+u)*v+u)*v+u)*v+u)*v+u)"
FUNCTIONS = ("exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sinh", "cosh", "atan", "erf",
             "erfc", "tan", "asin", "acos", "asinh", "acosh", "atanh", "exp2", "log2", "log10",
             "cbrt")  # fmt: skip
WHOLE = "exp2_of_whole"
EXPRESSIONS = {
    "copy": "u",
    "add": CHAIN,
    "div": "u/v",
    "sqrt": "sqrtf(v)",
    "pow": "powf(v, u)",
    "hypot": "hypotf(u, v)",
    "floor": "floorf(u)",
    "ceil": "ceilf(u)",
    "round": "rintf(u)",
    "trunc": "truncf(u)",
    "mod": "modulo(u, v)",
    WHOLE: "power_of_two(u)",
    "lookup": "even(u)",
    "halving": "halved(u)",
} | {name: f"{name}f({'v' if name.startswith('log') else 'u'})" for name in FUNCTIONS}
STEPS = {
    "add": 16,
    "halving": 6,
}  # additions and multiplies in the expression, where it is not one operation
SOURCE = """
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
static inline float power_of_two(float n) {{ /* by its exponent's bits */
    int bits = ((int)n + 127) << 23;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}}
static inline float modulo(float u, float v) {{
    const float rest = fmodf(u, v);
    return rest != 0 && (rest < 0) != (v < 0) ? rest + v : rest;
}}
float rows[128][2], knots[128];
static inline float even(float u) {{ /* as exported for knots 1/32 apart */
    const float place = floorf(u * 32.0f) + 64.0f;
    const float held = place >= 0 ? place : -1.0f;
    const int i = (int)(held < 127.0f ? held : 127.0f);
    return rows[i][0] + rows[i][1] * (u - 0.03125f * (float)(i - 64));
}}
static inline float halved(float u) {{
    int i = 0;
    for (int step = 32; step > 0; step /= 2) i += knots[i + step - 1] <= u ? step : 0;
    return rows[i][0] + rows[i][1] * (u - knots[i]);
}}
enum {{ N = 1024 }};
static float x[N], y[N], z[N];
static double fastest(void (*loop)(void)) {{
    double best = 1e18;
    for (int run = 0; run < 500; run++) {{
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        for (int k = 0; k < 8; k++) loop();
        clock_gettime(CLOCK_MONOTONIC, &b);
        double t = (b.tv_sec - a.tv_sec)*1e9 + (b.tv_nsec - a.tv_nsec);
        if (t < best) best = t;
    }}
    return best/8/N;
}}
{loops}
int main(void) {{
    for (int i = 0; i < 128; i++) {{ knots[i] = -2 + i/16.0f; rows[i][0] = i; rows[i][1] = 1; }}
    for (int i = 0; i < N; i++) {{ x[i] = -2 + 4.0f*(i*37 % N)/N; y[i] = 0.5f + 1.0f*i/N; }}
{calls}
    return 0;
}}
"""
LOOP = """__attribute__((noinline)) static void loop_{name}(void) {{
    for (int i = 0; i < N; i++) {{ float u = x[i], v = y[i]; (void)v; z[i] = {expression}; }}
    __asm__ volatile("" :: "r"(x), "r"(y), "r"(z) : "memory");
}}"""


def source() -> str:
    """A C program that prints the nanoseconds of each expression for one element."""
    loops = "\n".join(LOOP.format(name=n, expression=e) for n, e in EXPRESSIONS.items())
    calls = "\n".join(f'    printf("{n} %g\\n", fastest(loop_{n}));' for n in EXPRESSIONS)
    return SOURCE.format(loops=loops, calls=calls)


def measured() -> dict[str, float]:
    """Nanoseconds an element by name, reading and writing memory taken off."""
    with tempfile.TemporaryDirectory() as folder:
        code, program = Path(folder, "weights.c"), Path(folder, "weights")
        code.write_text(source())
        subprocess.run(["gcc", *FLAGS, "-o", program, code, "-lm"], check=True)
        lines = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    times = {name: float(time) for name, time in (line.split() for line in lines.splitlines())}
    copy = times.pop("copy")
    return {name: (time - copy) / STEPS.get(name, 1) for name, time in times.items()}


if __name__ == "__main__":
    if shutil.which("gcc") is None:
        sys.exit("gcc is not installed")
    times = measured()
    own = {WHOLE: WHOLE_EXPONENT[1], "halving": HALVING[1]}
    print(f"{'operation':13s} {'measured':>8s} {'table':>6s}")
    for name, time in times.items():
        known = own[name] if name in own else price(name)[1]
        print(f"{name:13s} {time / times['add']:8.1f} {known:6g}")
