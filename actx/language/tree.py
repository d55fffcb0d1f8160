"""Formula trees: immutable nodes, interned so that equal trees are one object.

A tree is built in two ways. `node` keeps what was written (the parser uses it); `simplified` folds
exact constants and drops neutral elements (derivatives and pieces use it). Numbers are exact
fractions, so that `1.25` stays 5/4 and a breakpoint such as x = 2 is found exactly.

The file is long because its two halves need each other: a node's arithmetic folds, and folding
makes nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from threading import RLock
from weakref import WeakValueDictionary

from actx.arithmetic.steps import Edges
from actx.arithmetic.steps import value as step_value
from actx.arithmetic.tables import Table
from actx.language.operations import LOOKUP, OPERATIONS

NUMBER = "number"  # leaf, value: Fraction
CONSTANT = "constant"  # leaf, value: "pi" or "e"
VARIABLE = "x"  # leaf
PARAMETER = "parameter"  # leaf, value: its name
TABLE = "table"  # leaf, value: a Table, whose values `lookup` gives at an argument

Value = Fraction | str | Table | None

_FOLDABLE_BITS = 256  # exact constants are folded while numerator and denominator stay this small


class Node:
    """One operation of a formula with its arguments; equal nodes are identical objects.

    op: the name of an operation in `actx.language.operations`, or one of the leaf kinds above.
    size: nodes when written out as text; depth: levels; constant: holds neither x nor a parameter.
    """

    __slots__ = ("__weakref__", "args", "constant", "depth", "op", "size", "value")

    op: str
    args: tuple[Node, ...]
    value: Value
    size: int
    depth: int
    constant: bool

    def __repr__(self) -> str:
        """Operations before their arguments, to a depth; `actx.language.text` writes formulas."""
        return _sketch(self, 8)

    def __reduce__(self) -> tuple[object, ...]:
        """Copies and unpickled nodes are the interned ones."""
        places: dict[Node, int] = {}
        rows = []
        for current in walk(self):
            rows.append((current.op, tuple([places[a] for a in current.args]), current.value))
            places[current] = len(places)
        return _from_rows, (rows,)

    def __add__(self, other: Node) -> Node:
        return simplified("add", self, other)

    def __sub__(self, other: Node) -> Node:
        return simplified("sub", self, other)

    def __mul__(self, other: Node) -> Node:
        return simplified("mul", self, other)

    def __truediv__(self, other: Node) -> Node:
        return simplified("div", self, other)

    def __neg__(self) -> Node:
        return simplified("neg", self)


def _sketch(tree: Node, depth: int) -> str:
    if not tree.args:
        return str(tree.op if tree.value is None else tree.value)
    inside = ", ".join(_sketch(a, depth - 1) for a in tree.args) if depth else "…"
    return f"{tree.op}({inside})"


_interned: WeakValueDictionary[tuple[object, ...], Node] = WeakValueDictionary()
_making = (
    RLock()
)  # two threads must not make one node twice; making one may free, and so end, others


def _intern(op: str, args: tuple[Node, ...], value: Value) -> Node:
    key = (op, args, value)
    found = _interned.get(key)
    if found is not None:
        return found
    with _making:
        return _interned.get(key) or _made(key, op, args, value)


def _made(key: tuple[object, ...], op: str, args: tuple[Node, ...], value: Value) -> Node:
    made = Node()
    made.op, made.args, made.value = op, args, value
    made.size = 1 + sum(a.size for a in args)
    made.depth = 1 + max((a.depth for a in args), default=0)
    made.constant = op in (NUMBER, CONSTANT, TABLE) or (
        bool(args) and all(a.constant for a in args)
    )
    _interned[key] = made
    return made


def _from_rows(rows: Sequence[tuple[str, tuple[int, ...], Value]]) -> Node:
    """The last of nodes that each refer to earlier ones by place."""
    made: list[Node] = []
    for op, args, value in rows:
        made.append(_intern(op, tuple([made[a] for a in args]), value))
    return made[-1]


def number(value: int | float | Fraction) -> Node:
    """An exact number; a float is taken as the shortest decimal that denotes it."""
    if isinstance(value, float):
        value = Fraction(repr(value))
    return _intern(NUMBER, (), value if type(value) is Fraction else Fraction(value))


def parameter(name: str) -> Node:
    """A named constant whose value is not known yet."""
    return _intern(PARAMETER, (), name)


def leaf(values: Table) -> Node:
    """A table as a leaf."""
    return _intern(TABLE, (), values)


def lookup(values: Table, argument: Node) -> Node:
    """The value of a table at an argument."""
    return simplified(LOOKUP, leaf(values), argument)


def as_table(current: Node) -> Table:
    """The table of a lookup."""
    found = current.args[0].value
    assert isinstance(found, Table)
    return found


X = _intern(VARIABLE, (), None)
PI = _intern(CONSTANT, (), "pi")
E = _intern(CONSTANT, (), "e")
ZERO, ONE, TWO = number(0), number(1), number(2)


def node(op: str, *args: Node) -> Node:
    """The operation as written, but for signs and quotients of numbers, which are numbers."""
    if op == "neg" and args[0].op == NUMBER:
        return number(-as_fraction(args[0]))
    if op == "div" and args[0].op == NUMBER and args[1].op == NUMBER and args[1] is not ZERO:
        return number(as_fraction(args[0]) / as_fraction(args[1]))
    return _intern(op, args, None)


def as_fraction(tree: Node) -> Fraction:
    """The value of a number node."""
    assert isinstance(tree.value, Fraction)
    return tree.value


def simplified(op: str, *args: Node) -> Node:
    """The operation with exact constants folded and neutral elements dropped."""
    rule = _RULES.get(op)
    if rule is not None:
        simpler = rule(*args)
        if simpler is not None:
            return simpler
    return node(op, *args)


def _fits(value: Fraction) -> bool:
    return max(value.numerator.bit_length(), value.denominator.bit_length()) <= _FOLDABLE_BITS


def _fold(combine: Callable[[Fraction, Fraction], Fraction], a: Node, b: Node) -> Node | None:
    if a.op == NUMBER and b.op == NUMBER:
        value = combine(as_fraction(a), as_fraction(b))
        if _fits(value):
            return number(value)
    return None


def _add(a: Node, b: Node) -> Node | None:
    if a is ZERO:
        return b
    if b is ZERO:
        return a
    if b.op == "neg":
        return simplified("sub", a, b.args[0])
    if a is b:
        return simplified("mul", TWO, a)
    return _fold(lambda p, q: p + q, a, b)


def _sub(a: Node, b: Node) -> Node | None:
    if b is ZERO:
        return a
    if a is ZERO:
        return simplified("neg", b)
    if a is b:
        return ZERO
    if b.op == "neg":
        return simplified("add", a, b.args[0])
    if a.op == "add" and b in a.args:  # the error of a formula that adds something to the target
        return a.args[1] if a.args[0] is b else a.args[0]
    return _fold(lambda p, q: p - q, a, b)


def _mul(a: Node, b: Node) -> Node | None:
    if a is ZERO or b is ZERO:
        return ZERO
    if a is ONE:
        return b
    if b is ONE:
        return a
    folded = _fold(lambda p, q: p * q, a, b)
    if folded is not None:
        return folded
    if b.op == NUMBER and a.op != NUMBER:
        return simplified("mul", b, a)
    if a.op == "neg":
        return simplified("neg", simplified("mul", a.args[0], b))
    if b.op == "neg":
        return simplified("neg", simplified("mul", a, b.args[0]))
    if a.op == NUMBER and b.op == "mul" and b.args[0].op == NUMBER != b.args[1].op:
        return simplified("mul", simplified("mul", a, b.args[0]), b.args[1])
    if a.op == NUMBER and b.op == "div" and b.args[1].op == NUMBER and b.args[1] is not ZERO:
        return simplified("mul", simplified("div", a, b.args[1]), b.args[0])
    return None


def _div(a: Node, b: Node) -> Node | None:
    if b.op == NUMBER and b is not ZERO:
        if a.op == "mul" and a.args[0].op == NUMBER:
            return simplified("mul", simplified("div", a.args[0], b), a.args[1])
        if a.op == NUMBER:
            return _fold(lambda p, q: p / q, a, b)
    if b is ONE:
        return a
    if a is ZERO and b is not ZERO:
        return ZERO
    if b.op == PARAMETER and a.op == "mul" and b in a.args:  # a singularity of no interest
        return a.args[1] if a.args[0] is b else a.args[0]
    if a.op == "neg":
        return simplified("neg", simplified("div", a.args[0], b))
    if b.op == "neg":
        return simplified("neg", simplified("div", a, b.args[0]))
    return None


def _neg(a: Node) -> Node | None:
    if a.op == "neg":
        return a.args[0]
    if a.op == "sub":
        return simplified("sub", a.args[1], a.args[0])
    if a.op == "mul" and a.args[0].op == NUMBER:
        return simplified("mul", number(-as_fraction(a.args[0])), a.args[1])
    return None


def _pow(a: Node, b: Node) -> Node | None:
    if b is ONE:
        return a
    if b is ZERO or a is ONE:
        return ONE
    if b.op == NUMBER:
        exponent = as_fraction(b)
        if a.op == "sqrt" and exponent == 2 and a.constant:
            return a.args[0]
        if a.op == "div" and a.args[1].op == "sqrt" and a.args[1].constant and exponent == 2:
            return simplified("div", simplified("pow", a.args[0], b), a.args[1].args[0])
        if a.op == "pow" and a.args[1].op == NUMBER and exponent.denominator == 1:
            return simplified("pow", a.args[0], simplified("mul", a.args[1], b))
        if a.op == NUMBER and exponent.denominator == 1 and abs(exponent) <= 64:
            base = as_fraction(a)
            if (base != 0 or exponent > 0) and _fits(base):
                value = base ** int(exponent)
                return number(value) if _fits(value) else None
    return None


def _lookup(values: Node, argument: Node) -> Node | None:
    table = values.value
    assert isinstance(table, Table)
    if argument.op == NUMBER:
        value = table.value(as_fraction(argument))
        return number(value) if _fits(value) else None
    if all(row == table.rows[0] for row in table.rows) and table.degree == 0:
        return number(table.rows[0][0])
    return None


def _where(condition: Node, a: Node, b: Node) -> Node | None:
    if a is b:
        return a
    truth = _truth(condition)
    return None if truth is None else (a if truth else b)


def _truth(condition: Node) -> bool | None:
    if condition.op == NUMBER:
        return as_fraction(condition) != 0
    return None


def _and(a: Node, b: Node) -> Node | None:
    if _truth(a) is False or _truth(b) is False:
        return ZERO
    return b if _truth(a) else a if _truth(b) else None


def _or(a: Node, b: Node) -> Node | None:
    if _truth(a) or _truth(b):
        return ONE
    return b if _truth(a) is False else a if _truth(b) is False else None


def _not(a: Node) -> Node | None:
    truth = _truth(a)
    return None if truth is None else (ZERO if truth else ONE)


def _mod(a: Node, b: Node) -> Node | None:
    if b is ZERO:  # it has no value, which 0*floor(a/0) would hide
        return node("div", ZERO, ZERO)
    return _fold(lambda p, q: p % q, a, b)


def _step(edges: Edges) -> Callable[[Node], Node | None]:
    return lambda a: number(step_value(edges, as_fraction(a))) if a.op == NUMBER else None


def _function_of_zero(value: Node) -> Callable[[Node], Node | None]:
    return lambda a: value if a is ZERO else None


_RULES: Mapping[str, Callable[..., Node | None]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "pow": _pow,
    "where": _where,
    LOOKUP: _lookup,
    "and": _and,
    "or": _or,
    "not": _not,
    "mod": _mod,
    "log": lambda a: ZERO if a is ONE else None,
    **{
        operation.name: _function_of_zero(number(operation.at_zero))
        for operation in OPERATIONS.values()
        if operation.at_zero is not None
    },
    **{o.name: _step(o.steps) for o in OPERATIONS.values() if o.steps is not None},
}


def walk(tree: Node, constants: bool = True) -> Iterator[Node]:
    """Every distinct node of the tree once, arguments before the operations that use them.

    constants: whether to go inside constant subtrees.
    """
    return iter(_in_order(tree, constants))


@lru_cache(maxsize=256)
def _in_order(tree: Node, constants: bool) -> tuple[Node, ...]:
    seen: set[Node] = set()
    found: list[Node] = []
    stack: list[tuple[Node, bool]] = [(tree, False)]
    while stack:
        current, ready = stack.pop()
        if ready:
            found.append(current)
        elif current not in seen:
            seen.add(current)
            if not current.args or (current.constant and not constants):
                found.append(current)
                continue
            stack.append((current, True))
            stack.extend([(argument, False) for argument in reversed(current.args)])
    return tuple(found)


def rebuild(
    tree: Node,
    change: Callable[[Node], Node],
    make: Callable[..., Node] = node,
) -> Node:
    """The tree with each leaf replaced by `change(leaf)` and each operation made anew by `make`."""
    done: dict[Node, Node] = {}
    for current in walk(tree):
        if current.args:
            done[current] = make(current.op, *(done[a] for a in current.args))
        else:
            done[current] = change(current)
    return done[tree]


def substitute(tree: Node, values: Mapping[Node, Node], make: Callable[..., Node] = node) -> Node:
    """The tree with the given leaves (x or parameters) replaced."""
    return rebuild(tree, lambda each: values.get(each, each), make)


def replace(tree: Node, old: Node, new: Node) -> Node:
    """The tree with one of its subtrees replaced, simplified on the way up."""
    done: dict[Node, Node] = {}
    for current in walk(tree):
        if current is old:
            done[current] = new
        elif any(done[a] is not a for a in current.args):
            done[current] = simplified(current.op, *(done[a] for a in current.args))
        else:
            done[current] = current
    return done[tree]


def simplify(tree: Node) -> Node:
    """The tree built anew with `simplified`."""
    return rebuild(tree, lambda each: each, simplified)


def parameters(tree: Node) -> tuple[str, ...]:
    """The names of the parameters in the tree, in order of first appearance."""
    return tuple(str(n.value) for n in walk(tree) if n.op == PARAMETER)
