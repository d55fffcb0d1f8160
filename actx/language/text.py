"""Trees to text that parses back to the same tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from actx.arithmetic.tables import Table
from actx.language.operations import (
    ATOM,
    CONDITIONAL,
    LOOKUP,
    OPERATIONS,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
)
from actx.language.tokens import MAX_LENGTH
from actx.language.tree import NUMBER, TABLE, VARIABLE, ZERO, Node, X, as_fraction, walk

_SHOWN = 3  # entries at each end of a table that is abridged
_TABLE = re.compile(r"\{([^{}]*)\}")
_MOST_ENTRIES = 10
_LONG = re.compile(r"\d+\.\d{8,}(?:e[-+]?\d+)?")


def to_text(tree: Node) -> str:
    """The formula as text; shared subtrees are written out each time."""
    done: dict[Node, tuple[str, int]] = {}
    for current in walk(tree):
        done[current] = _written(current, [done[a] for a in current.args])
    return done[tree][0]


def _written(current: Node, args: list[tuple[str, int]]) -> tuple[str, int]:
    """The text of a node and how tightly it binds."""
    if current.op == NUMBER:
        return number_text(as_fraction(current))
    if current.op == TABLE:
        return table_text(current), ATOM
    if not current.args:
        return (VARIABLE if current.op == VARIABLE else str(current.value)), ATOM
    operation = OPERATIONS[current.op]
    if current.op == LOOKUP:
        inside = "" if current.args[1] is X else f"({args[1][0]})"
        return f"{args[0][0]}{inside}", ATOM
    if current.op == "where":
        condition, a, b = args
        branches = _bracketed(a, CONDITIONAL + 1), _bracketed(b, CONDITIONAL)
        test = _bracketed(condition, CONDITIONAL + 1)
        return f"{branches[0]} if {test} else {branches[1]}", CONDITIONAL
    if operation.is_function:
        return _call(current, [a[0] for a in args]), ATOM
    return _infix(operation.symbol or "", operation.binding, args), operation.binding


def _call(current: Node, args: list[str]) -> str:
    top = clipped_at(current)
    if top is not None:
        return f"relu{top}({args[0]})"
    return f"{current.op}({', '.join(args)})"


def clipped_at(current: Node) -> str | None:
    """The number k as text where the node is reluk(u), which is clip(u, 0, k); else None."""
    if current.op == "clip" and current.args[1] is ZERO and current.args[2].op == NUMBER:
        top = as_fraction(current.args[2])
        text = _decimal(top)
        if top > 0 and text is not None and "e" not in text:
            return text
    return None


@lru_cache(maxsize=256)
def table_text(leaf: Node) -> str:
    """A table between braces: a broken line by its points, another one by its rows.

    One that is too long for formula text is abridged.
    """
    table = leaf.value
    assert isinstance(table, Table)
    count = len(table.knots)
    if count <= MAX_LENGTH // 5:
        text = _table_of(table, [range(count)])
        if len(text) <= MAX_LENGTH:
            return text
    return _table_of(table, [range(_SHOWN), range(count - _SHOWN, count)])


def _table_of(table: Table, parts: Sequence[range]) -> str:
    """Some of the knots of a table, with an ellipsis between the parts."""
    if table.points is not None:
        gap, start = ", ", ""
        entries = [[table.points[i] for i in part] for part in parts]
        written = [gap.join(f"{_plain(x)}: {_plain(y)}" for x, y in part) for part in entries]
    else:
        gap, start = "; ", f"{_row(table.rows[0])}; "
        written = [
            gap.join(f"{_plain(table.knots[i])}: {_row(table.rows[i + 1])}" for i in part)
            for part in parts
        ]
    return "{" + start + f"{gap}…{gap}".join(written) + "}"


def _row(coefficients: Sequence[Fraction]) -> str:
    return ", ".join(map(_plain, coefficients))


def _plain(value: Fraction) -> str:
    return number_text(value)[0]


def _infix(symbol: str, binding: int, args: list[tuple[str, int]]) -> str:
    spaced = f" {symbol} " if symbol not in "*/^" else symbol
    if len(args) == 1:
        gap = " " if symbol == "not" else ""
        return f"{symbol}{gap}{_bracketed(args[0], binding)}"
    if binding == POWER:  # binds to the right, and its exponent may carry a sign
        return f"{_bracketed(args[0], ATOM)}{spaced}{_bracketed(args[1], SIGN)}"
    left = binding + 1 if binding not in (SUM, PRODUCT) and symbol not in ("and", "or") else binding
    return f"{_bracketed(args[0], left)}{spaced}{_bracketed(args[1], binding + 1)}"


def _bracketed(part: tuple[str, int], at_least: int) -> str:
    text, binding = part
    return text if binding >= at_least else f"({text})"


def number_text(value: Fraction) -> tuple[str, int]:
    """A number as a decimal where it has one, else as a quotient; and how tightly it binds."""
    decimal = _decimal(abs(value))
    if decimal is None:
        return f"{value.numerator}/{value.denominator}", PRODUCT
    return (f"-{decimal}", SIGN) if value < 0 else (decimal, ATOM)


def _decimal(value: Fraction) -> str | None:
    """The exact decimal of a number that is not negative, or None where there is none."""
    numerator, denominator, places = value.numerator, value.denominator, 0
    while denominator % 10 == 0:
        denominator //= 10
        places += 1
    for prime, partner in ((2, 5), (5, 2)):
        while denominator % prime == 0:
            denominator //= prime
            numerator *= partner
            places += 1
    if denominator != 1:
        return None
    digits = str(numerator)
    if places == 0:
        stripped = digits.rstrip("0")
        zeros = len(digits) - len(stripped)
        return f"{stripped}e{zeros}" if stripped and zeros > 6 else digits
    if places > len(digits) + 5:
        point = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
        return f"{point}e-{places - len(digits) + 1}"
    digits = digits.rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


def abridged(formula: str) -> str:
    """A formula to be read by people: of a long table its first and last entries."""
    return _TABLE.sub(_abridged, formula)


def _abridged(table: re.Match[str]) -> str:
    gap = "; " if ";" in table.group(1) else ", "
    entries = [entry.strip() for entry in table.group(1).split(gap.strip())]
    if len(entries) <= _MOST_ENTRIES:
        return table.group()
    count = sum(":" in entry for entry in entries)
    parts = [*map(_rounded, entries[:_SHOWN]), "…", *map(_rounded, entries[-_SHOWN:])]
    return f"{{{gap.join(parts)} ({count:,} knots)}}"


def _rounded(entry: str) -> str:
    """An entry with its numbers to seven digits."""
    return _LONG.sub(lambda found: f"{float(found.group()):.7g}", entry)


def short(tree: Node) -> str:
    """A tree as it can stand in a message."""
    text = to_text(tree)
    return text if len(text) <= 60 else text[:57] + "..."
