"""Which trees are tables: piecewise polynomials of x with rational knots, and how tables add up.

Sums of hinges, chains of `if` over x, clipped lines and products of such with polynomials are
tables in other words. One is found here in time that grows with its knots, where cutting it into
pieces costs much for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from actx.arithmetic.tables import Polynomial, Table, horner, shifted
from actx.language.operations import COMPARISONS, LOOKUP
from actx.language.tree import NUMBER, ZERO, Node, X, as_fraction, as_table, simplified, walk

_HIGHEST = 12  # degree of a row
_NOTHING = Fraction(0)
_COMPARING = {o.name for o in COMPARISONS.values()}


class _NoTable(Exception):
    """The tree is no table, or none that is found here."""


@lru_cache(maxsize=256)
def split(tree: Node) -> tuple[Table, Node] | None:
    """A sum as a table and the rest, which holds no table; None where no part of it is one."""
    parts: list[tuple[int, Node]] = []
    waiting = [(1, tree)]
    while waiting:
        sign, part = waiting.pop()
        if part.op in ("add", "sub"):
            waiting.append((sign if part.op == "add" else -sign, part.args[1]))
            waiting.append((sign, part.args[0]))
        elif part.op == "neg":
            waiting.append((-sign, part.args[0]))
        else:
            parts.append((sign, part))
    tables: list[Table] = []
    rest = ZERO
    for sign, part in parts:
        found = table_of(part)
        if found is not None:
            tables.append(scaled(found, Fraction(sign)))
        else:
            rest = rest + part if sign > 0 else rest - part
    return (total(tables), rest) if tables else None


@lru_cache(maxsize=2048)
def table_of(tree: Node) -> Table | None:
    """The table that a tree is, None where it is none. A polynomial is one with a knot at 0."""
    known: dict[Node, Table | None] = {}
    for part in walk(tree):
        try:
            known[part] = _of(part, known)
        except _NoTable:
            known[part] = None
    return known[tree]


def _of(part: Node, known: dict[Node, Table | None]) -> Table | None:
    """The table of a node whose arguments are known."""
    if part.op == NUMBER:
        return polynomial((as_fraction(part),))
    if part is X:
        return polynomial((_NOTHING, Fraction(1)))
    if not part.args or part.op in _COMPARING:
        return None
    if part.op == LOOKUP:
        return _looked_up(as_table(part), _line(known[part.args[1]]))
    if part.op == "where":
        return _chosen(part, known)
    args = [known[a] for a in part.args]
    tables = [a for a in args if a is not None]
    if len(tables) < len(args) or part.op not in _RULES:
        return None
    return _RULES[part.op](*tables)


def polynomial(coefficients: Sequence[Fraction]) -> Table:
    """A polynomial of x as a table."""
    return Table([_NOTHING], [coefficients, coefficients])


def _line(inner: Table | None) -> tuple[Fraction, Fraction]:
    """(a, b) where a table is a + b*x with b not 0."""
    row = _single(inner)
    if row is None or len(row) != 2:
        raise _NoTable
    return row[0], row[1]


def _single(table: Table | None) -> Polynomial | None:
    """The polynomial of x that a table is, None where it is none."""
    if table is None or len(table.knots) > 1 or table.rows[0] != table.rows[1]:
        return None
    return shifted(table.rows[0], -table.knots[0])


def _looked_up(table: Table, line: tuple[Fraction, Fraction]) -> Table:
    """A table at a + b*x."""
    a, b = line
    if a == 0 and b == 1:
        return table
    knots = [(k - a) / b for k in table.knots]
    rows = [tuple(c * b**n for n, c in enumerate(row)) for row in table.rows]
    if b > 0:
        return Table(knots, rows)
    if not _continuous(table):
        raise _NoTable  # at a knot the row on its other side would hold
    # from right to left each row begins at the knot that it ended at
    turned = [rows[-1]]
    for i in range(len(knots) - 1, 0, -1):
        turned.append(shifted(rows[i], knots[i] - knots[i - 1]))
    return Table(reversed(knots), [*turned, rows[0]])


def _continuous(table: Table) -> bool:
    return all(table.left_limit(i) == row[0] for i, row in enumerate(table.rows[1:]))


def scaled(table: Table, by: Fraction) -> Table:
    """A table times a number."""
    if by == 1:
        return table
    return Table(table.knots, [[c * by for c in row] for row in table.rows])


def total(tables: Sequence[Table]) -> Table:
    """The sum of tables, in time that grows with all their knots together."""
    if len(tables) == 1:
        return tables[0]
    jumps: dict[Fraction, Polynomial] = {}
    for table in tables:
        for i, knot in enumerate(table.knots):
            before = shifted(table.rows[i], knot - table.origin(i))
            jump = _added(table.rows[i + 1], before, -1)
            jumps[knot] = _added(jumps[knot], jump) if knot in jumps else jump
    knots = [k for k in sorted(jumps) if any(jumps[k])] or [min(jumps)]
    row: Polynomial = (_NOTHING,)
    for table in tables:
        row = _added(row, shifted(table.rows[0], knots[0] - table.knots[0]))
    rows = [row, _added(row, jumps[knots[0]])]
    for i in range(1, len(knots)):
        rows.append(_added(shifted(rows[-1], knots[i] - knots[i - 1]), jumps[knots[i]]))
    return Table(knots, rows)


def _added(p: Polynomial, q: Polynomial, sign: int = 1) -> Polynomial:
    size = max(len(p), len(q))
    a, b = ([*row, *([_NOTHING] * (size - len(row)))] for row in (p, q))
    return tuple(x + sign * y for x, y in zip(a, b, strict=True))


def _product(p: Table, q: Table) -> Table:
    if p.degree + q.degree > _HIGHEST:
        raise _NoTable
    knots = sorted({*p.knots, *q.knots})
    places = [knots[0], *knots]
    starts = [knots[0] - 1, *knots]
    rows = [
        _times(p.about(p.row_at(at), place), q.about(q.row_at(at), place))
        for at, place in zip(starts, places, strict=True)
    ]
    return Table(knots, rows)


def _times(p: Polynomial, q: Polynomial) -> Polynomial:
    found = [_NOTHING] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            found[i + j] += a * b
    return tuple(found)


def _divided(p: Table, q: Table) -> Table:
    divisor = _single(q)
    if divisor is None or len(divisor) > 1 or not divisor[0]:
        raise _NoTable
    return scaled(p, 1 / divisor[0])


def _power(p: Table, q: Table) -> Table:
    exponent = _single(q)
    if exponent is None or len(exponent) > 1 or exponent[0].denominator != 1:
        raise _NoTable
    n = int(exponent[0])
    if not n >= 1 or n * max(p.degree, 1) > _HIGHEST:
        raise _NoTable
    result = p
    for _ in range(n - 1):
        result = _product(result, p)
    return result


def _positive(p: Table) -> Table:
    """max(p, 0) of lines, which are 0 at rational numbers."""
    if p.degree > 1:
        raise _NoTable
    roots: list[Fraction] = []
    ends = [None, *p.knots, None]
    for i, row in enumerate(p.rows):
        lo, hi = ends[i], ends[i + 1]
        if len(row) == 2:
            root = p.origin(i) - row[0] / row[1]
            if (lo is None or lo < root) and (hi is None or root < hi):
                roots.append(root)
    knots = sorted({*p.knots, *roots})
    if not _continuous(p):
        raise _NoTable
    rows: list[Polynomial] = []
    for i, place in enumerate([knots[0], *knots]):
        inside = (
            knots[0] - 1
            if i == 0
            else knots[-1] + 1
            if i == len(knots)
            else (knots[i - 1] + knots[i]) / 2
        )
        at = p.row_at(inside)
        positive = horner(p.rows[at], inside - p.origin(at)) > 0
        rows.append(p.about(at, place) if positive else (_NOTHING,))
    return Table(knots, rows)


def _less(p: Table, q: Table) -> Table:
    return total([p, scaled(q, Fraction(-1))])


def _larger(p: Table, q: Table) -> Table:
    return total([q, _positive(_less(p, q))])


def _smaller(p: Table, q: Table) -> Table:
    return _less(p, _positive(_less(p, q)))


_RULES: Mapping[str, Callable[..., Table]] = {
    "add": lambda p, q: total([p, q]),
    "sub": _less,
    "neg": lambda p: scaled(p, Fraction(-1)),
    "mul": _product,
    "div": _divided,
    "pow": _power,
    "square": lambda p: _product(p, p),
    "relu": _positive,
    "abs": lambda p: _larger(p, scaled(p, Fraction(-1))),
    "max": _larger,
    "min": _smaller,
    "clip": lambda p, lo, hi: _smaller(_larger(p, lo), hi),
}


def _chosen(part: Node, known: dict[Node, Table | None]) -> Table | None:
    """`a if u < v else b` where u - v is a line: a on one side of its zero, b on the other."""
    condition, first, second = part.args
    a, b = known[first], known[second]
    if a is None or b is None or condition.op not in ("lt", "le", "gt", "ge"):
        return None
    offset, slope = _line(table_of(simplified("sub", *condition.args)))
    knot = -offset / slope
    a_is_left = (condition.op in ("lt", "le")) == (slope > 0)
    left, right = (a, b) if a_is_left else (b, a)
    right_holds = (condition.op in ("le", "ge")) != a_is_left
    if not right_holds and left.value(knot) != right.value(knot):
        return None
    return _joined(left, right, knot)


def _joined(left: Table, right: Table, knot: Fraction) -> Table:
    """One table left of a knot, another one from it on."""
    before = [k for k in left.knots if k < knot]
    after = [k for k in right.knots if k > knot]
    knots = [*before, knot, *after]
    rows = [left.about(0, knots[0]), *left.rows[1 : len(before) + 1]]
    rows.append(right.about(right.row_at(knot), knot))
    rows += right.rows[len(right.rows) - len(after) :] if after else []
    return Table(knots, rows)
