"""Elementary functions as C text that is put into the exported file, so that compilers make vector
code of loops over them: no branches, no calls, no tables.

`float32.c` and `float64.c` hold them, one below the other; a line `float p = POLYNOMIAL(name, r);`
stands for the polynomial in r of that name in `coefficients.toml` (TAIL for what stands behind its
CONSTANT, divided by r), written, with proofs, by
`tests/oracles/kernel_polynomials.py`. What `errors.toml` says is checked by
`tests/codegen/test_kernels.py`, for float at all numbers.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from actx.codegen.languages.c_family import REALS, Real, literal
from actx.codegen.text import places
from actx.language.operations import OPERATIONS

_FUNCTION = re.compile(r"^INLINE \w+ (\w+)\(", re.MULTILINE)
_POLYNOMIAL = re.compile(r"( *)(float|double) (\w+) = (POLYNOMIAL|TAIL)\((\w+), (\w+)\);")
_CONSTANT = re.compile(r"CONSTANT\((\w+)\)")
_CALL = re.compile(r"\b(\w+)\(")
_FILES = {"float": "float32", "double": "float64"}


def operations(real: Real) -> dict[str, str]:
    """The operations that have a kernel in a type, and how they are called."""
    functions = _functions(real)
    names = {name: f"{name}_inline{real.suffix}" for name in OPERATIONS}
    return {
        name: f"{call}({places(OPERATIONS[name])})"
        for name, call in names.items()
        if call in functions
    }


def near_operations(real: Real) -> dict[str, str]:
    """As `operations`, the quicker forms where there are any."""
    found = operations(real)
    quicker = {name: found[name].replace("_inline", "_near_inline") for name in limits(real)}
    return {**found, **quicker}


def limits(real: Real) -> Mapping[str, float]:
    """Up to which size of the last argument kernels have quicker forms, as `sin_near_inline`.

    Loops take these for blocks of numbers in which no argument is larger.
    """
    return dict(_of(real)["near"])


def kernels(used: set[str], real: Real, *, near: bool = False) -> list[str]:
    """The C functions of the operations that are used, those that they call above them.

    near: the quicker forms as well.
    """
    functions = _functions(real)
    wanted: set[str] = set()
    calls = [*operations(real).items(), *(near_operations(real).items() if near else ())]
    waiting = [call[: call.index("(")] for name, call in calls if name in used]
    if near and real.name == "float" and used & limits(real).keys():
        waiting.append("bits_of_float")  # loops compare sizes by their bits
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [call for call in _CALL.findall(functions[name]) if call in functions]
    return [text for name, text in functions.items() if name in wanted]


def told(used: set[str], real: Real) -> list[str]:
    """How far the kernels of the operations that are used are off, in words."""
    worst = {name: worst for name, worst in errors(real).items() if name in used}
    if not worst:
        return []
    each = ", ".join(f"{name} by up to {ulps:.2f}" for name, ulps in worst.items())
    return [f"{_FILES[real.name]}: as written out here {each} ulp off ({_of(real)['tried']})"]


def errors(real: Real) -> Mapping[str, float]:
    """The largest error that was found of each kernel, in units in the last place."""
    return dict(_of(real)["ulps"])


def _of(real: Real) -> dict[str, Any]:
    return dict(_toml("errors.toml")[_FILES[real.name]])


@lru_cache(maxsize=2)
def _functions(real: Real) -> Mapping[str, str]:
    """The functions of a type by their names, in the order of the file."""
    kind = _FILES[real.name]
    found = {}
    for text in _text(f"{kind}.c").strip().split("\n\n"):
        name = _FUNCTION.search(text)
        assert name is not None, text
        text = _POLYNOMIAL.sub(lambda line: _horner(line, kind), text)
        found[name[1]] = _CONSTANT.sub(lambda c: _constant(c, kind, real), text)
    return found


def _constant(written: re.Match[str], kind: str, real: Real) -> str:
    return literal(coefficients()[kind][written[1]][0], real)


def _horner(line: re.Match[str], kind: str) -> str:
    indent, type_, result, which, name, argument = line.groups()
    real = next(each for each in REALS.values() if each.name == type_)
    *rest, highest = (literal(c, real) for c in coefficients()[kind][name][which == "TAIL" :])
    steps = [f"{result} = {result} * {argument} + {each};" for each in reversed(rest)]
    return "\n".join(indent + each for each in [f"{type_} {result} = {highest};", *steps])


def coefficients() -> Mapping[str, Mapping[str, Sequence[float]]]:
    """The coefficients of the polynomials, by type and name, that of the lowest power first."""
    return {
        kind: {name: entry["coefficients"] for name, entry in table.items()}
        for kind, table in _toml("coefficients.toml").items()
    }


@lru_cache(maxsize=2)
def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(_text(name))


def _text(name: str) -> str:
    files = resources.files("actx.codegen.languages.kernels")
    return files.joinpath(name).read_text(encoding="utf-8")
