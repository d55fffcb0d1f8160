"""C99: static const arrays, and functions of one integer and of arrays of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from actx.codegen.integers.pieces import Pieces
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
    wide = "int32_t" if of.bits <= 32 else "int64_t"
    arrays = [
        f"static const {held(rule.entries)} {of.name}_entries[{rule.count}] = {{",
        of.entries(),
        "};",
    ]
    return _file(of, arrays, body(of, "int32_t", wide), (rule.input, rule.output))


def write_pieces(of: Pieces) -> str:
    """A C file of a table of pieces."""
    table, wide = of.table, "int32_t" if of.bits <= 32 else "int64_t"
    lines = body_of_pieces(of, "int32_t", wide)
    return _file(of, arrays_of_pieces(of, _holding), lines, (table.input, table.output))


def _file(
    of: Lookup | Pieces,
    arrays: list[str],
    lines: list[str],
    formats: tuple[IntegerFormat, IntegerFormat],
) -> str:
    given, out = map(held, formats)
    return "\n".join(
        [
            comment([*of.header(_SHIFTS), "", f"cc -O3 -c {of.name}.c   (C99)"]),
            "",
            "#include <stddef.h>",
            "#include <stdint.h>",
            "",
            *arrays,
            "",
            f"static inline {out} {of.name}_inline({given} input) {{",
            *(f"    {line}" for line in lines),
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
    return lines + clamps(rule.output) if of.clamped else lines


def _holding(values: Sequence[int]) -> str:
    """The type that holds numbers."""
    lo, hi = min(values), max(values)
    for sign, bits in ((u, b) for b in (8, 16, 32) for u in ("u", "")):
        if (0 if sign else -(1 << bits - 1)) <= lo and hi < 1 << bits - (not sign):
            return f"{sign}int{bits}_t"
    return "int64_t"


def arrays_of_pieces(of: Pieces, holding: Callable[[Sequence[int]], str]) -> list[str]:
    """The arrays of a table of pieces: entries, first inputs, and pieces of places."""
    table = of.table
    arrays: dict[str, Sequence[int]] = {
        f"entries{power}": of.column(power) for power in range(table.degree + 1)
    }
    if len(table.starts) > 1:
        arrays["starts"] = table.starts
        if table.places is not None and not table.direct:
            arrays["pieces"] = table.places
    found = []
    for name, values in arrays.items():
        declared = f"static const {holding(values)} {of.name}_{name}[{len(values)}] = {{"
        found += [declared, of.lines(list(values)), "};"]
    return found


def body_of_pieces(of: Pieces, small: str, wide: str) -> list[str]:
    """From `input` to `y`; otherwise as `body`."""
    table, name = of.table, of.name
    lines, piece, start = [f"const {small} q = input;"], "i", f"{name}_starts[i]"
    if len(table.starts) == 1:
        piece, start = "0", str(table.input.lowest)
    elif table.places is None:
        lines += [
            "int i = 0;",
            f"for (int step = {of.top}; step > 0; step /= 2)",
            f"    if (i + step < {len(table.starts)} && q >= {name}_starts[i + step]) i += step;",
        ]
    else:
        where = f"({of.place})" if table.direct else f"{name}_pieces[{of.place}]"
        lines += [f"const int i = {where};"]
    first, *steps = of.steps(f"{name}_entries{{power}}[{piece}]")
    if table.degree:
        lines += [f"const {wide} d = q - {start};"]
    lines += [f"{wide} y = {first};", *(f"y = {step};" for step in steps)]
    if of.clamped:
        lines += clamps(table.output)
    return lines


def clamps(out: IntegerFormat) -> list[str]:
    """Lines that hold y within the integers of a format."""
    return [
        f"if (y < {out.lowest}) y = {out.lowest};",
        f"if (y > {out.highest}) y = {out.highest};",
    ]
