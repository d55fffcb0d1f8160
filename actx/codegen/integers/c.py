"""C99: static const arrays, and functions of one integer and of arrays of them."""

from __future__ import annotations

from actx.codegen.integers.steps import Lookup
from actx.codegen.languages.c_family import comment
from actx.precision.lookup.formats import IntegerFormat

ENDING = ".c"
BINARY = False
CHOOSE = "q <= {last} ? {first} : {rest}"
_SHIFTS = "Right shifts of negative integers have to be arithmetic, as they are in every compiler."


def write(of: Lookup) -> str:
    """A C file."""
    rule = of.rule
    given, out = held(rule.input), held(rule.output)
    wide = "int32_t" if of.bits <= 32 else "int64_t"
    return "\n".join(
        [
            comment([*of.header(_SHIFTS), "", f"cc -O3 -c {of.name}.c   (C99)"]),
            "",
            "#include <stddef.h>",
            "#include <stdint.h>",
            "",
            f"static const {held(rule.entries)} {of.name}_entries[{rule.count}] = {{",
            of.entries(),
            "};",
            "",
            f"static inline {out} {of.name}_inline({given} input) {{",
            *(f"    {line}" for line in body(of, "int32_t", wide)),
            f"    return ({out})y;",
            "}",
            "",
            f"{out} {of.name}({given} q) {{",
            f"    return {of.name}_inline(q);",
            "}",
            "",
            f"void {of.name}_array(const {given} *restrict q, {out} *restrict y, size_t n) {{",
            f"    for (size_t i = 0; i < n; i++) y[i] = {of.name}_inline(q[i]);",
            "}",
            "",
        ]
    )


def held(of: IntegerFormat) -> str:
    """The type that holds the integers of a format."""
    bits = next(bits for bits in (8, 16, 32) if of.bits <= bits)
    return f"{'u' if of.lowest >= 0 else ''}int{bits}_t"


def body(of: Lookup, small: str, wide: str, choose: str = CHOOSE) -> list[str]:
    """From `input` to `y`. small, wide: types of places, and of all that is computed."""
    rule, entries = of.rule, f"{of.name}_entries"
    lines = [f"const {small} q = input;", f"const {small} i = {of.index(choose)};"]
    if of.between:
        lines += [
            f"const {small} t = {of.fraction(choose)};",
            f"const {wide} e = {entries}[i], n = {entries}[i + 1];",
            f"const {wide} line = {of.line};",
            f"{'' if of.clamped else 'const '}{wide} y = {of.dropped()};",
        ]
    else:
        lines.append(f"{'' if of.clamped else 'const '}{wide} y = {entries}[i];")
    if of.clamped:
        lowest, highest = rule.output.lowest, rule.output.highest
        lines += [f"if (y < {lowest}) y = {lowest};", f"if (y > {highest}) y = {highest};"]
    return lines
