"""Verilog-2001: a module of a ROM and an interpolation in fixed point, and a testbench.

The testbench holds the output of every input, as actx counted it; `iverilog -DTESTBENCH` runs it.
"""

from __future__ import annotations

import textwrap

from actx.codegen import words
from actx.codegen.integers.pieces import Pieces
from actx.codegen.integers.steps import Lookup
from actx.precision.lookup.formats import IntegerFormat

ENDING = ".v"
BINARY = False
RESERVED = words.VERILOG
_CHOOSE = "q <= {last} ? {first} : {rest}"
_WIDTH = 92


def write(of: Lookup) -> str:
    """A Verilog file."""
    return _file(of, _module(of), 2 if of.between else 1, (of.rule.input, of.rule.output))


def write_pieces(of: Pieces) -> str:
    """A Verilog file of a table of pieces."""
    return _file(of, _module_of_pieces(of), 2, (of.table.input, of.table.output))


def _file(
    of: Lookup | Pieces, body: list[str], clocks: int, formats: tuple[IntegerFormat, IntegerFormat]
) -> str:
    run = [
        f"iverilog -DTESTBENCH {of.name}.v && vvp a.out",
        "tries every input.",
    ]
    head = "\n".join(f"// {line}".rstrip() for line in [*of.header(), "", *run])
    given, out = formats
    module = [
        f"module {of.name} (",
        "    input wire clk,",
        f"    input wire {_bits(given)} x,",
        f"    output reg {_bits(out)} y  // {'two clocks' if clocks == 2 else 'one clock'} after x",
        ");",
        *body,
        "endmodule",
        "",
    ]
    testbench = _testbench(of.name, of.table.outputs.tolist(), given, out, clocks)
    return f"{head}\n\n" + "\n".join(module) + f"\n{testbench}"


def _module(of: Lookup) -> list[str]:
    rule = of.rule
    return [
        f"    reg {_bits(rule.entries)} rom [0:{rule.count - 1}];",
        "    initial begin",
        _assigned("rom", of.table.integers),
        "    end",
        "",
        f"    wire signed [{of.bits - 1}:0] q = {_wide('x', rule.input)};",
        f"    wire [{max(rule.count - 1, 1).bit_length() - 1}:0] i = {_shifts(of.index(_CHOOSE))};",
        *(_between(of) if of.between else _direct(of)),
    ]


def _between(of: Lookup) -> list[str]:
    """Two entries are read in one clock, the line between them is computed in the next."""
    rule, top = of.rule, of.bits - 1
    e, n = (_wide(f"rom[{place}]", rule.entries) for place in ("i", "i + 1"))
    return [
        f"    wire signed [{top}:0] on = {_shifts(of.fraction(_CHOOSE))};",
        f"    reg signed [{rule.entries.bits}:0] e, n;",
        f"    reg signed [{rule.fraction_bits + 1}:0] t;",
        f"    wire signed [{top}:0] line = {of.line};",
        f"    wire signed [{top}:0] whole = {_signed(of.dropped('>>>'))};",
        "    always @(posedge clk) begin",
        f"        e <= {e};",
        f"        n <= {n};",
        "        t <= on;",
        f"        y <= {_clamped('whole', rule.output) if of.clamped else 'whole'};",
        "    end",
    ]


def _direct(of: Lookup) -> list[str]:
    entry = "rom[i]"
    if not of.clamped:
        return [f"    always @(posedge clk) y <= {entry};"]
    top = of.bits - 1
    return [
        f"    wire signed [{top}:0] whole = {_wide(entry, of.rule.entries)};",
        f"    always @(posedge clk) y <= {_clamped('whole', of.rule.output)};",
    ]


def _clamped(text: str, out: IntegerFormat) -> str:
    lowest, highest = out.lowest, out.highest
    return f"{text} < {lowest} ? {lowest} : {text} > {highest} ? {highest} : {text}"


def _module_of_pieces(of: Pieces) -> list[str]:
    """The entries of a piece are read in one clock, the polynomial is computed in the next."""
    table, top = of.table, of.bits - 1
    entries = [f"entries{power}" for power in range(table.degree + 1)]
    sizes = dict(zip(entries, table.entry_bits, strict=True))
    roms = {name: of.column(power) for power, name in enumerate(entries)}
    roms["starts"] = list(table.starts)
    sizes["starts"] = table.input.bits
    if table.places is not None and not table.direct:
        roms["pieces"] = list(table.places)
        sizes["pieces"] = len(table.starts).bit_length() + 1
    steps = of.steps("c{power}", ">>>")
    wires = [f"wire signed [{top}:0] y0 = {steps[0]};"]
    for k, step in enumerate(steps[1:]):
        wires.append(f"wire signed [{top}:0] y{k + 1} = {step.replace('y', f'y{k}')};")
    last = f"y{len(steps) - 1}"
    return [
        *(f"    reg signed [{sizes[n] - 1}:0] {n} [0:{len(v) - 1}];" for n, v in roms.items()),
        "    initial begin",
        *(_assigned(name, values) for name, values in roms.items()),
        "    end",
        "",
        f"    wire signed [{table.input.bits}:0] q = x;",
        *(f"    {line}" for line in _found(of)),
        f"    reg signed [{table.input.bits}:0] d;",
        *(f"    reg signed [{sizes[name] - 1}:0] c{k};" for k, name in enumerate(entries)),
        *(f"    {wire}" for wire in wires),
        "    always @(posedge clk) begin",
        "        d <= q - starts[i];",
        *(f"        c{k} <= {name}[i];" for k, name in enumerate(entries)),
        f"        y <= {_clamped(last, table.output) if of.clamped else last};",
        "    end",
    ]


def _found(of: Pieces) -> list[str]:
    """Which piece an input is on."""
    table = of.table
    i = f"wire [{max((len(table.starts) - 1).bit_length(), 1) - 1}:0] i"
    if table.places is not None:
        place = _shifts(of.place)
        return [f"{i} = {place if table.direct else f'pieces[{place}]'};"]
    size = len(table.starts).bit_length()
    return [
        f"function [{size}:0] piece(input signed [{table.input.bits}:0] q);",
        "    integer step;",
        "    begin",
        "        piece = 0;",
        f"        for (step = {of.top}; step > 0; step = step / 2)",
        f"            if (piece + step < {len(table.starts)} && q >= starts[piece + step])",
        "                piece = piece + step;",
        "    end",
        "endfunction",
        f"{i} = piece(q);",
    ]


def _testbench(
    name: str, outputs: list[int], given: IntegerFormat, out: IntegerFormat, clocks: int
) -> str:
    count = len(outputs)
    return f"""\
`ifdef TESTBENCH
module {name}_testbench;
    reg clk = 0;
    reg {_bits(given)} x;
    wire {_bits(out)} y;
    reg {_bits(out)} expected [0:{count - 1}];
    integer k, wrong = 0;
    {name} tried (.clk(clk), .x(x), .y(y));
    initial begin
{_assigned("expected", outputs)}
    end
    initial begin
        #1;
        for (k = 0; k < {count + clocks - 1}; k = k + 1) begin  // an input a clock
            x = {given.lowest} + k;
            #1 clk = 1;
            #1 clk = 0;
            if (k >= {clocks - 1} && y !== expected[k - {clocks - 1}]) begin
                wrong = wrong + 1;
                if (wrong <= 10)
                    $display("input %0d: %0d, expected %0d", {given.lowest} + k - {clocks - 1},
                        y, expected[k - {clocks - 1}]);
            end
        end
        if (wrong == 0) $display("all {count} inputs agree");
        else $display("%0d of {count} inputs differ", wrong);
        $finish;
    end
endmodule
`endif
"""


def _bits(of: IntegerFormat) -> str:
    return f"{'signed ' if of.lowest < 0 else ''}[{of.bits - 1}:0]"


def _wide(text: str, of: IntegerFormat) -> str:
    """An integer of a format as one with a sign."""
    return text if of.lowest < 0 else f"$signed({{1'b0, {text}}})"


def _shifts(text: str) -> str:
    return text.replace(">>", ">>>")


def _signed(text: str) -> str:
    """A comparison has no sign in Verilog, and would take it from what it is added to."""
    return text.replace("(line < 0)", "(line < 0 ? 1 : 0)")


def _assigned(name: str, values: tuple[int, ...] | list[int]) -> str:
    text = " ".join(f"{name}[{k}]={value};" for k, value in enumerate(values))
    return textwrap.fill(text, _WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8)
