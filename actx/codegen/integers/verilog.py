"""Verilog-2001: a module of a ROM and an interpolation in fixed point, and a testbench.

The testbench holds the output of every input, as actx counted it; `iverilog -DTESTBENCH` runs it.
"""

from __future__ import annotations

import textwrap

from actx.codegen import words
from actx.codegen.integers.steps import Lookup
from actx.precision.lookup.formats import IntegerFormat

ENDING = ".v"
BINARY = False
RESERVED = words.VERILOG
_CHOOSE = "q <= {last} ? {first} : {rest}"
_WIDTH = 92


def write(of: Lookup) -> str:
    """A Verilog file."""
    run = [
        f"iverilog -DTESTBENCH {of.name}.v && vvp a.out",
        "tries every input.",
    ]
    clocks = "two clocks" if of.between else "one clock"
    head = "\n".join(f"// {line}".rstrip() for line in [*of.header(), "", *run])
    return f"{head}\n\n{_module(of, clocks)}\n{_testbench(of)}"


def _module(of: Lookup, clocks: str) -> str:
    rule = of.rule
    lines = [
        f"module {of.name} (",
        "    input wire clk,",
        f"    input wire {_bits(rule.input)} x,",
        f"    output reg {_bits(rule.output)} y  // {clocks} after x",
        ");",
        f"    reg {_bits(rule.entries)} rom [0:{rule.count - 1}];",
        "    initial begin",
        _assigned("rom", of.table.integers),
        "    end",
        "",
        f"    wire signed [{of.bits - 1}:0] q = {_wide('x', rule.input)};",
        f"    wire [{max(rule.count - 1, 1).bit_length() - 1}:0] i = {_shifts(of.index(_CHOOSE))};",
        *(_between(of) if of.between else _direct(of)),
        "endmodule",
        "",
    ]
    return "\n".join(lines)


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
        f"        y <= {_clamped(of, 'whole')};",
        "    end",
    ]


def _direct(of: Lookup) -> list[str]:
    entry = "rom[i]"
    if not of.clamped:
        return [f"    always @(posedge clk) y <= {entry};"]
    top = of.bits - 1
    return [
        f"    wire signed [{top}:0] whole = {_wide(entry, of.rule.entries)};",
        f"    always @(posedge clk) y <= {_clamped(of, 'whole')};",
    ]


def _clamped(of: Lookup, text: str) -> str:
    if not of.clamped:
        return text
    lowest, highest = of.rule.output.lowest, of.rule.output.highest
    return f"{text} < {lowest} ? {lowest} : {text} > {highest} ? {highest} : {text}"


def _testbench(of: Lookup) -> str:
    rule, clocks = of.rule, 2 if of.between else 1
    count = rule.input.integers.size
    return f"""\
`ifdef TESTBENCH
module {of.name}_testbench;
    reg clk = 0;
    reg {_bits(rule.input)} x;
    wire {_bits(rule.output)} y;
    reg {_bits(rule.output)} expected [0:{count - 1}];
    integer k, wrong = 0;
    {of.name} tried (.clk(clk), .x(x), .y(y));
    initial begin
{_assigned("expected", of.table.outputs.tolist())}
    end
    initial begin
        #1;
        for (k = 0; k < {count + clocks - 1}; k = k + 1) begin  // an input a clock
            x = {rule.input.lowest} + k;
            #1 clk = 1;
            #1 clk = 0;
            if (k >= {clocks - 1} && y !== expected[k - {clocks - 1}]) begin
                wrong = wrong + 1;
                if (wrong <= 10)
                    $display("input %0d: %0d, expected %0d", {rule.input.lowest} + k - {clocks - 1},
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
