"""Tables in formula text: `{0: 0, 1: 0.76}(x)`, the broken line through points, constant outside.

Another piecewise polynomial is written by its rows, `{a; x0: b, c; x1: d}`: a left of x0, from
there on b + c*(x - x0), and d from x1 on. The first row is in powers of x - x0 as well. Without an
argument a table is one of x.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NoReturn, Protocol

from actx.arithmetic.tables import Table
from actx.language.operations import LOOKUP
from actx.language.tokens import Token
from actx.language.tree import NUMBER, Node, X, as_fraction, leaf, simplify

MAX_DEGREE = 12  # of a row


class Reader(Protocol):
    """What of the parser is needed here."""

    text: str
    index: int
    tokens: list[Token]

    @property
    def current(self) -> Token: ...
    def take(self) -> Token: ...
    def accept(self, *words: str) -> Token | None: ...
    def need(self, word: str, what: str) -> Token: ...
    def expected(self, what: str) -> NoReturn: ...
    def fail(self, problem: str, at: int | None = None) -> NoReturn: ...
    def sum(self) -> Node: ...
    def conditional(self) -> Node: ...
    def enclosed(self, read: Callable[[], Node], bars: int = 0) -> Node: ...
    def make(self, op: str, at: int, *args: Node) -> Node: ...


def begins(parser: Reader) -> bool:
    """Whether a table begins here: a brace that holds a colon or a semicolon of its own."""
    if parser.current.text != "(" or parser.text[parser.current.start] != "{":
        return False
    depth = 0
    for token in parser.tokens[parser.index :]:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 1 and token.text in (":", ";"):
            return True
        if not depth:
            return False
    return False


def read(parser: Reader) -> Node:
    """A table, with its argument if one follows in brackets."""
    at = parser.take().start
    first = _number(parser)
    table = _points(parser, first) if parser.current.text == ":" else _rows(parser, first)
    if not all(map(fits, (*table.knots, *(c for row in table.rows for c in row)))):
        parser.fail("This rises too steeply for float64 numbers (1.8e308).", at)
    order = len(parser.take().text) if parser.current.kind == "prime" else 0
    for _ in range(order):
        table = table.derivative()
    argument: Node = X
    if parser.current.text == "(":
        parser.take()
        argument = parser.enclosed(parser.conditional)
        parser.need(")", "')'")
    return parser.make(LOOKUP, at, leaf(table), argument)


def fits(value: Fraction) -> bool:
    """Whether a number is finite as a float."""
    return abs(value) < 2**1024 - 2**970


def _points(parser: Reader, x: Fraction) -> Table:
    points: list[tuple[Fraction, Fraction]] = []
    start = parser.current.start
    while True:
        if points and x <= points[-1][0]:
            parser.fail("The points of a broken line have rising x.", start)
        parser.need(":", "':' and the y of this point")
        points.append((x, _number(parser)))
        if not parser.accept(","):
            break
        start = parser.current.start
        x = _number(parser)
    if len(points) < 2:
        parser.fail("A broken line has two points at least.")
    parser.need(")", "',' and another point, or '}',")
    return Table.broken_line(points)


def _rows(parser: Reader, first: Fraction) -> Table:
    rows = [_row(parser, first)]
    knots: list[Fraction] = []
    while parser.accept(";"):
        start = parser.current.start
        knots.append(_number(parser))
        if len(knots) > 1 and knots[-1] <= knots[-2]:
            parser.fail("The knots of a table rise.", start)
        parser.need(":", "':' and what holds from this knot on")
        rows.append(_row(parser, _number(parser)))
    if not knots:
        parser.expected("';' and a knot")
    parser.need(")", "';' and another knot, or '}',")
    return Table(knots, rows)


def _row(parser: Reader, first: Fraction) -> list[Fraction]:
    row = [first]
    while parser.accept(","):
        if len(row) > MAX_DEGREE:
            parser.fail(f"A row of a table has a degree of at most {MAX_DEGREE}.")
        row.append(_number(parser))
    return row


def _number(parser: Reader) -> Fraction:
    at = parser.current.start
    value = simplify(parser.sum())
    if value.op != NUMBER:
        parser.fail("In a table stand numbers, such as -1.5 or 2/3.", at)
    return as_fraction(value)
