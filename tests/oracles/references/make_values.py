"""Write values.json: values and derivatives of every registry formula at float64 points.

Run by hand (under a minute): python tests/oracles/references/make_values.py
No code of the package is used. x is the repr of a float64 number, the results have 50 digits.
Each is computed from two writings of the formula at different precisions.

Decimal constants of a formula (1.702, 0.01, 0.044715, those of selu) are taken as the float64
numbers nearest to them, as float64 code must; references.json takes the decimals themselves.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from handwritten import FORMULAS, MP, Number, Written
from mpmath import mp
from numerics import text

FIXED = (0.0, 1e-8, 1e-3, 5.0, 20.0, 50.0, 700.0, 745.0, 1e4)
RANDOM_POINTS = 42
FAST_TAILS = ("gelu", "gelu-tanh", "saturated-gelu")  # below 1e-100000 at the far points


def points(f: Written, seed: str) -> list[float]:
    draw = random.Random(seed)
    chosen = {s * x for x in FIXED for s in (-1, 1)} | {float(b) for b in f.breakpoints()}
    return sorted(chosen | {draw.uniform(-10, 10) for _ in range(RANDOM_POINTS)})


def value(f: Written, x: float, verbatim: bool) -> Number:
    result = +f.value(mp.mpf(x))
    if verbatim:
        # The plain writing cancels where a tail is small: enough digits to see the tail.
        with mp.workdps(400 + int(abs(x))):
            check = f.verbatim(mp.mpf(x))
        assert abs(check - result) <= abs(check) * mp.mpf(10) ** -55, x
    return result


def derivatives(f: Written, x: float) -> list[Number]:
    with mp.workdps(250):
        rows = f.jet(f.index(mp.mpf(x)), mp.mpf(x), 3)[1:]
    with mp.workdps(400):
        for order, row in enumerate(rows, 1):
            check = mp.diff(f.verbatim, mp.mpf(x), order)
            assert abs(check - row) <= abs(check) * mp.mpf(10) ** -55 + mp.mpf(10) ** -200, x
    return rows


def table(name: str, f: Written) -> dict[str, list[list[str]]]:
    xs = points(f, name)
    away = [x for x in xs if abs(x) <= 50 and all(abs(x - b) > 1e-6 for b in f.breakpoints())]
    steep = random.Random(name + "'").sample([x for x in away if abs(x) not in FIXED], 13)
    spots = sorted({*steep, *(x for x in away if abs(x) in (0.0, 1e-3, 20.0, 50.0))})
    values = [[repr(x), value(f, x, name not in FAST_TAILS or abs(x) < 21)] for x in xs]
    return {
        "values": [[x, text(v, 50)] for x, v in values],
        "derivatives": [[repr(x), *(text(v, 50) for v in derivatives(f, x))] for x in spots],
    }


def main() -> None:
    mp.dps = 75
    MP.binary = True
    lines = []
    for name in sorted(FORMULAS):
        rows = [
            f'  "{key}": [\n' + ",\n".join(f"   {json.dumps(row)}" for row in part) + "\n  ]"
            for key, part in table(name, FORMULAS[name]).items()
        ]
        lines.append(f' "{name}": {{\n' + ",\n".join(rows) + "\n }")
    document = "{\n" + ",\n".join(lines) + "\n}\n"
    json.loads(document)
    Path(__file__).with_name("values.json").write_text(document)


if __name__ == "__main__":
    main()
