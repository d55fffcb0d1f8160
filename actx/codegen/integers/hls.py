"""C++ for high-level synthesis: a function of ap_fixed (fixed point) or ap_int.

It goes by the bits of its input, so that a type's own rounding and overflow play no part.
"""

from __future__ import annotations

from actx.codegen import words
from actx.codegen.integers.c import body
from actx.codegen.integers.steps import Lookup
from actx.codegen.languages.c_family import comment
from actx.precision.lookup.formats import IntegerFormat

ENDING = ".h"
BINARY = False
RESERVED = words.CPP


def write(of: Lookup) -> str:
    """A C++ header."""
    rule = of.rule
    guard = f"{of.name.upper()}_TABLE_H"
    fixed = any(each.name.startswith("q") for each in (rule.input, rule.output))
    wide = f"ap_int<{of.bits}>"
    lines = body(of, wide, wide, f"q <= {{last}} ? {wide}({{first}}) : {wide}({{rest}})")
    return "\n".join(
        [
            comment(of.header()),
            f"#ifndef {guard}",
            f"#define {guard}",
            "",
            *(["#include <ap_fixed.h>"] if fixed else []),
            "#include <ap_int.h>",
            "",
            f"typedef {_type(rule.input)} {of.name}_input;",
            f"typedef {_type(rule.output)} {of.name}_output;",
            "",
            f"static const {_integer(rule.entries)} {of.name}_entries[{rule.count}] = {{",
            of.entries(),
            "};",
            "",
            f"inline {of.name}_output {of.name}({of.name}_input x) {{",
            "#pragma HLS PIPELINE II=1",
            f"    {_integer(rule.input)} input;",
            f"    input.range({rule.input.bits - 1}, 0) = x.range({rule.input.bits - 1}, 0);",
            *(f"    {line}" for line in lines),
            f"    {of.name}_output output;",
            f"    output.range({rule.output.bits - 1}, 0) = y.range({rule.output.bits - 1}, 0);",
            "    return output;",
            "}",
            "",
            "#endif",
            "",
        ]
    )


def _type(of: IntegerFormat) -> str:
    """The type of numbers of a format: ap_fixed<bits, bits before the point with the sign>."""
    if not of.name.startswith("q"):
        return _integer(of)
    whole = of.name[1:].partition(".")[0]
    return f"ap_fixed<{of.bits}, {int(whole) + 1}>"


def _integer(of: IntegerFormat) -> str:
    return f"ap_{'u' if of.lowest >= 0 else ''}int<{of.bits}>"
