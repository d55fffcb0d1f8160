"""The polynomials of the kernels in exported C, fitted again.

`python tests/oracles/kernel_polynomials.py` writes the file that holds them.

Each is the best fit in the max norm (`actx.fit`), with its coefficients rounded to the type; how
far it is off is proven in balls (`actx.compare`) and stands beside it in `coefficients.toml`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

import actx

PATH = Path(actx.__file__).parent / "codegen" / "languages" / "kernels" / "coefficients.toml"
HEAD = """\
# The polynomials of the kernels, fitted, proven and written by
# `python tests/oracles/kernel_polynomials.py`. error: sup |template - target| on the domain, times
# the weight where there is one, is proven to be at most this.
"""


@dataclass(frozen=True)
class Polynomial:
    """A polynomial to be fitted: its parameters are c0, c1, ... as in `template`."""

    template: str
    target: str
    domain: tuple[float, float]
    weight: str = "1"
    kept: str = ""  # the type of the coefficients, where it is not that of the kernel

    @property
    def count(self) -> int:
        return self.template.count("c")


def powers(count: int, start: int = 0, step: int = 1) -> str:
    """c0*x^start + c1*x^(start + step) + ..."""
    return " + ".join(f"c{i}*x^{start + step * i}" for i in range(count))


def under(text: str, a: str) -> str:
    """A formula in a as one in x."""
    return re.sub(r"\ba\b", f"({a})", text)


POLYNOMIALS = {
    "float32": {
        "exp": Polynomial(f"x + x^2/2 + {powers(5, 3)}", "expm1(x)", (-0.3468, 0.3468)),
        "exp_lean": Polynomial(f"x + {powers(5, 2)}", "expm1(x)", (-0.3468, 0.3468)),
        "log1p": Polynomial(f"x + {powers(9, 2)}", "log1p(x)", (-0.25, 0.5)),
        "atanh": Polynomial(f"x + {powers(4, 3, 2)}", "2*atanh(x/2)", (-0.667, 0.667)),
        "softplus": Polynomial(f"1 + {powers(9, 1)}", "log1p(x)/x", (0.0, 1.001)),
        "tanh": Polynomial(f"x + {powers(3, 3, 2)}", "tanh(x)", (-0.255, 0.255)),
        "erf": Polynomial(f"x + {powers(7, 1, 2)}", "erf(x)", (-0.92, 0.92)),
        "log_erfc": Polynomial(f"{powers(7)} - x", "log(erfc(x))", (0.9, 4.01), "erfc(x)"),
        "erfc_near": Polynomial(f"x + {powers(4, 1, 2)}", "erf(x)", (-0.4, 0.4)),
        "erfc": Polynomial(  # x = a/(a + 2) - 0.5
            powers(11), under("exp(a^2)*erfc(a)*(1 + 2*a)", "(1 + 2*x)/(0.5 - x)"), (-0.334, 0.337)
        ),
        "normcdf_near": Polynomial(f"1/2 + {powers(4, 1, 2)}", "normcdf(x)", (-0.4, 0.4)),
        "normcdf": Polynomial(  # x = a/(a + 3) - 0.5
            powers(12),
            under("exp(a^2/2)*normcdf(-a)*(1 + a)", "(1.5 + 3*x)/(0.5 - x)"),
            (-0.5, 0.327),
        ),
        "exp_wide": Polynomial(f"x + {powers(6, 2)}", "expm1(x)", (-0.347, 0.347), kept="float64"),
        "log_wide": Polynomial(powers(5, 0, 2), "2*atanh(x)/x", (0.0, 0.2), kept="float64"),
        "atan": Polynomial(powers(11, 0, 2), "atan(x)/x", (0.0, 1.0), kept="float64"),
        "sine": Polynomial(powers(5, 0, 2), "pi*sinc(pi*x)", (0.0, 0.502), kept="float64"),
    },
    "float64": {
        "exp": Polynomial(f"x + x^2/2 + {powers(10, 3)}", "expm1(x)", (-0.3468, 0.3468)),
        "exp_lean": Polynomial(f"x + {powers(11, 2)}", "expm1(x)", (-0.3468, 0.3468)),
        "log": Polynomial(f"2*x + {powers(8, 3, 2)}", "2*atanh(x)", (-0.2001, 0.2001)),
        "atanh": Polynomial(f"x + {powers(10, 3, 2)}", "2*atanh(x/2)", (-0.667, 0.667)),
        "sinh": Polynomial(f"x + {powers(8, 3, 2)}", "sinh(x)", (-1.0, 1.0)),
        "atan": Polynomial(f"x + {powers(12, 3, 2)}", "atan(x)", (-0.4143, 0.4143)),
        "sine": Polynomial(f"x + {powers(7, 3, 2)}", "sin(x)", (-0.786, 0.786)),
        "cosine": Polynomial(f"1 - x^2/2 + {powers(7, 4, 2)}", "cos(x)", (-0.786, 0.786)),
    },
}


def fitted(each: Polynomial, kind: str) -> list[float]:
    """The best coefficients that are numbers of the type."""
    rounding = None if kind == "float64" else kind
    made = actx.fit(
        each.template, each.target, domain=each.domain, weight=each.weight, round=rounding
    )
    assert list(made.parameters) == [f"c{i}" for i in range(each.count)]
    return [float(np.dtype(kind).type(c)) for c in made.parameters.values()]


def proven(each: Polynomial, coefficients: list[float]) -> float:
    """A proven upper bound of the error, rounded up to three digits."""
    exact = [str(Fraction(c)) for c in coefficients]  # not the decimals that denote them
    template = re.sub(r"\bc(\d+)\b", lambda name: f"({exact[int(name[1])]})", each.template)
    candidate, target = (f"({text})*({each.weight})" for text in (template, each.target))
    row = actx.compare(candidate, target, domain=each.domain).rows[0]
    assert row.max_error.proven
    assert row.max_error.enclosure is not None
    digits = f"{row.max_error.enclosure[1] * 1.005:.2e}"
    assert float(digits) >= row.max_error.enclosure[1]
    return float(digits)


def text() -> str:
    """The file of coefficients."""
    parts = [HEAD]
    for kind, table in POLYNOMIALS.items():
        for name, each in table.items():
            coefficients = fitted(each, each.kept or kind)
            lines = [
                f"[{kind}.{name}]",
                f'template = "{each.template}"',
                f'target = "{each.target}"',
            ]
            lines += [f'weight = "{each.weight}"'] if each.weight != "1" else []
            lines += [f"domain = {list(each.domain)}", f"error = {proven(each, coefficients)}"]
            lines += ["coefficients = [", *(f"    {c!r}," for c in coefficients), "]", ""]
            parts.append("\n".join(lines))
    return "\n".join(parts)


def stored() -> dict[str, dict[str, dict[str, object]]]:
    """What the file says."""
    return tomllib.loads(PATH.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
