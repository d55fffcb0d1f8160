"""The operations of a formula, counted and weighed by the rows of `actx.language.operations`.

What does not depend on x is a number by the time the code runs and costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from actx.arithmetic.tables import Table
from actx.language.operation import Counts
from actx.language.operations import LOOKUP, OPERATIONS
from actx.language.stable import by_floor, code_form
from actx.language.tree import NUMBER, VARIABLE, E, Node, as_fraction, as_table, simplify, walk

WHOLE_EXPONENT = Counts(adds=1), 3.0  # 2 to a whole number, which is its exponent's bits
# A row of a table whose knots are a power of two apart is found by a multiply and rounding down,
# held to be a row; then it is two loads (of coefficients) and a multiply-add about its knot: what
# the operation's own row says. Where knots are some multiples of one, an index and the knot are
# loaded as well, which was measured to take no longer. Of another table it is found by halving,
# each step of which waits for the load before.
INDEXED = Counts(loads=2), 1.0
HALVING, HALVED_LOOKUP = (
    (Counts(adds=1, branches=1, loads=1), 32.0),
    (Counts(adds=2, multiplies=1, loads=3), 16.0),
)
_FURTHER = 20.0  # of a load and a multiply-add
_MOST_POWER = 64  # whole exponents up to this are written as multiplies


@dataclass(frozen=True)
class OperationCount:
    """The operations of a formula.

    written: as the formula is written. shared: with exact constants folded and each common
    subexpression computed once. cost: the weight of the shared ones, in units of one addition.
    """

    written: Counts
    shared: Counts
    cost: float


@lru_cache(maxsize=8192)
def count(tree: Node) -> OperationCount:
    """The operations of a tree; parameters without a value count as numbers."""
    short = by_floor(simplify(tree))
    counts, weight = Counts(), 0.0
    for current in _varying(short):
        one, its_weight = _price(current)
        counts, weight = counts + one, weight + its_weight
    return OperationCount(_written(tree), counts, weight)


def cost(tree: Node) -> float:
    """What one evaluation costs, in units of one addition; common subexpressions count once."""
    return count(tree).cost


def _varying(tree: Node) -> list[Node]:
    """The distinct operations that depend on x, arguments first."""
    varying: set[Node] = set()
    found = []
    for current in walk(tree):
        if current.op == VARIABLE or any(a in varying for a in current.args):
            varying.add(current)
            if current.args:
                found.append(current)
    return found


def _written(tree: Node) -> Counts:
    """The counts with every subtree taken as often as it is written."""
    varying = _varying(tree)
    times = dict.fromkeys(varying, 0) | {tree: 1}
    counts = Counts()
    for current in reversed(varying):
        counts = counts + _price(current)[0] * times[current]
        for argument in current.args:
            if argument in times:
                times[argument] += times[current]
    return counts


def _price(current: Node) -> tuple[Counts, float]:
    """What one operation counts as, and its weight."""
    if current.op == "pow":
        return _power(*current.args)
    if current.op == "exp2" and is_whole(current.args[0]):
        return WHOLE_EXPONENT
    if current.op == LOOKUP:
        return lookup_price(as_table(current))
    if current.op == "div" and _power_of_two(current.args[1]):  # compilers multiply instead
        return price("mul")
    return price(current.op)


def lookup_price(table: Table) -> tuple[Counts, float]:
    """What looking a number up in a table counts as, and its weight: as code in C does it.

    Each further degree is a load and a multiply-add more; a table of constants is one less.
    """
    degree = table.degree - 1
    more = Counts(adds=degree, multiplies=degree, loads=degree), degree * _FURTHER
    found = [price(LOOKUP), more]
    if table.spacing is None and table.grid is not None:
        found.append(INDEXED)
    elif table.spacing is None:
        steps = len(table.knots).bit_length()
        found = [HALVED_LOOKUP, more, *[HALVING] * steps]
    return sum((c for c, _ in found), Counts()), sum(w for _, w in found)


def is_whole(tree: Node) -> bool:
    """Whether a tree takes whole numbers only, as what is rounded does."""
    if tree.op in ("neg", "add", "sub", "mul", "min", "max", "clip"):
        return all(map(is_whole, tree.args))
    if tree.op == NUMBER:
        return as_fraction(tree).denominator == 1
    return bool(tree.args) and OPERATIONS[tree.op].steps is not None


def _power(base: Node, exponent: Node) -> tuple[Counts, float]:
    """A power: whole and half exponents, and exponentials, are cheaper than a power in general."""
    whole = whole_exponent(exponent)
    if whole is not None:
        return _whole_power(whole)
    if exponent.op == NUMBER and abs(as_fraction(exponent)) == Fraction(1, 2):
        return _total(["sqrt"] if as_fraction(exponent) > 0 else ["sqrt", "div"])
    if base is E:
        return price("exp")
    if base.constant:  # exp(log(base)*exponent)
        return _total(["exp", "mul"])
    return price("pow")


def whole_exponent(exponent: Node) -> int | None:
    """The exponent of a power that is written as products, None for another one."""
    if exponent.op != NUMBER or as_fraction(exponent).denominator != 1:
        return None
    n = int(as_fraction(exponent))
    return n if abs(n) <= _MOST_POWER else None


def _whole_power(n: int) -> tuple[Counts, float]:
    """Squarings, products of those that are needed, and a reciprocal for a negative exponent."""
    bits = bin(abs(n)).count("1")
    multiplies = max(abs(n).bit_length() - 1, 0) + max(bits - 1, 0)
    return _total(["mul"] * multiplies + (["div"] if n < 0 else []))


def _power_of_two(divisor: Node) -> bool:
    if divisor.op != NUMBER or as_fraction(divisor) == 0:
        return False
    top, bottom = abs(as_fraction(divisor).numerator), as_fraction(divisor).denominator
    return not (top & (top - 1) or bottom & (bottom - 1))


def _total(names: list[str]) -> tuple[Counts, float]:
    counts, weight = Counts(), 0.0
    for name in names:
        one, its_weight = price(name)
        counts, weight = counts + one, weight + its_weight
    return counts, weight


@lru_cache(maxsize=256)
def price(name: str) -> tuple[Counts, float]:
    """What the row of an operation says; one made of others counts as these."""
    known = OPERATIONS[name].cost
    if known is not None:
        return known
    prices = [_price(n) for n in walk(code_form(name)) if n.args and not n.constant]
    return sum((c for c, _ in prices), Counts()), sum(w for _, w in prices)
