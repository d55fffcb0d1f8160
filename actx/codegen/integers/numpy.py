"""NumPy: a function of arrays of integers."""

from __future__ import annotations

import numpy as np

from actx.codegen.integers.steps import Lookup
from actx.precision.lookup.formats import IntegerFormat

ENDING = ".py"
BINARY = False
_CHOOSE = "np.where(q <= {last}, {first}, {rest})"


def write(of: Lookup) -> str:
    """A Python file."""
    rule = of.rule
    return "\n".join(
        [
            docstring(of),
            "",
            "import numpy as np",
            "",
            f"ENTRIES = np.array([\n{of.entries()}\n], dtype=np.int64)",
            "",
            "",
            f"def {of.name}(q):",
            f'    """The outputs ({held(rule.output)}) of an array of inputs."""',
            "    q = np.asarray(q).astype(np.int64)",
            *(f"    {line}" for line in body(of, _CHOOSE)),
            *clipped(of, "np.clip(y, {lowest}, {highest})"),
            f"    return y.astype(np.{held(rule.output)})",
            "",
        ]
    )


def docstring(of: Lookup, *more: str) -> str:
    """The head of a Python file."""
    lines = "\n".join(of.header(*more)).replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{lines}"""'


def held(of: IntegerFormat) -> str:
    """The type that holds the integers of a format."""
    bits = next(bits for bits in (8, 16, 32) if of.bits <= bits)
    return str(np.dtype(f"{'u' if of.lowest >= 0 else ''}int{bits}"))


def body(of: Lookup, choose: str) -> list[str]:
    """From q to y, both in 64 bits."""
    lines = [f"i = {of.index(choose)}"]
    if not of.between:
        return [*lines, "y = ENTRIES[i]"]
    return [
        *lines,
        f"t = {of.fraction(choose)}",
        "e, n = ENTRIES[i], ENTRIES[i + 1]",
        f"line = {of.line}",
        f"y = {of.dropped()}",
    ]


def clipped(of: Lookup, call: str) -> list[str]:
    """The line that holds y within the output's integers, where one is needed."""
    ends = {"lowest": of.rule.output.lowest, "highest": of.rule.output.highest}
    return [f"    y = {call.format(**ends)}"] if of.clamped else []
