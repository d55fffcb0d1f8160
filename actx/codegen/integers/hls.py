"""C++ for high-level synthesis: a function of ap_fixed (fixed point) or ap_int.

It goes by the bits of its input, so that a type's own rounding and overflow play no part.
"""

from __future__ import annotations

from collections.abc import Sequence

from actx.codegen import words
from actx.codegen.integers.c import arrays_of_pieces, body, body_of_pieces
from actx.codegen.integers.pieces import Pieces
from actx.codegen.integers.steps import Lookup
from actx.codegen.languages.c_family import comment
from actx.precision.lookup.formats import IntegerFormat

ENDING = ".h"
BINARY = False
RESERVED = words.CPP


def write(of: Lookup) -> str:
    """A C++ header."""
    rule = of.rule
    wide = f"ap_int<{of.bits}>"
    arrays = [
        f"static const {_integer(rule.entries)} {of.name}_entries[{rule.count}] = {{",
        of.entries(),
        "};",
    ]
    lines = body(of, wide, wide, f"q <= {{last}} ? {wide}({{first}}) : {wide}({{rest}})")
    return _file(of, arrays, lines, (rule.input, rule.output))


def write_pieces(of: Pieces) -> str:
    """A C++ header of a table of pieces."""
    table, wide = of.table, f"ap_int<{of.bits}>"
    lines = body_of_pieces(of, wide, wide)
    return _file(of, arrays_of_pieces(of, _holding), lines, (table.input, table.output))


def _holding(values: Sequence[int]) -> str:
    """The type that holds numbers."""
    if min(values) >= 0:
        return f"ap_uint<{max(max(values).bit_length(), 1)}>"
    return f"ap_int<{max((v if v >= 0 else ~v).bit_length() for v in values) + 1}>"


def _file(
    of: Lookup | Pieces,
    arrays: list[str],
    lines: list[str],
    formats: tuple[IntegerFormat, IntegerFormat],
) -> str:
    guard = f"{of.name.upper()}_TABLE_H"
    given, out = formats
    fixed = any(each.name.startswith("q") for each in formats)
    return "\n".join(
        [
            comment(of.header()),
            f"#ifndef {guard}",
            f"#define {guard}",
            "",
            *(["#include <ap_fixed.h>"] if fixed else []),
            "#include <ap_int.h>",
            "",
            f"typedef {_type(given)} {of.name}_input;",
            f"typedef {_type(out)} {of.name}_output;",
            "",
            *arrays,
            "",
            f"inline {of.name}_output {of.name}({of.name}_input x) {{",
            "#pragma HLS PIPELINE II=1",
            f"    {_integer(given)} input;",
            f"    input.range({given.bits - 1}, 0) = x.range({given.bits - 1}, 0);",
            *(f"    {line}" for line in lines),
            f"    {of.name}_output output;",
            f"    output.range({out.bits - 1}, 0) = y.range({out.bits - 1}, 0);",
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
