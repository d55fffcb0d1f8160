"""Other forms of a formula with the same values (`forms.toml`), and forms that code can hold."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from importlib import resources

from actx.calculus.cost import whole_exponent
from actx.calculus.resolve import COMPARING, holds
from actx.language.grammar import rule as read
from actx.language.operations import ARGUMENTS
from actx.language.stable import bounded, by_floor, match, stable
from actx.language.tree import (
    NUMBER,
    ONE,
    E,
    Node,
    as_fraction,
    parameter,
    rebuild,
    simplified,
    simplify,
    substitute,
    walk,
)

_NUMBERS = "w"  # the places in a pattern that only numbers fill, where it says nothing else


@dataclass(frozen=True)
class Rule:
    """A part of a formula and another form of it.

    numbers: the places that only numbers fill. names: what the parts of the form are called in
    code.
    """

    pattern: Node
    form: Node
    numbers: tuple[Node, ...]
    names: Mapping[str, Node]


@dataclass(frozen=True)
class Form:
    """A tree for code, with names for parts of it and remarks about them."""

    tree: Node
    names: Mapping[Node, str] = field(default_factory=dict)
    remarks: Mapping[Node, str] = field(default_factory=dict)

    def map(self, change: Callable[[Node], Node]) -> Form:
        """The form with the tree changed, and with it the parts that are named."""
        return Form(
            change(self.tree),
            {change(part): name for part, name in self.names.items()},
            {change(part): remark for part, remark in self.remarks.items()},
        )


def prepared(tree: Node) -> Node:
    """The tree in the form that floats can work with."""
    return stable(bounded(by_floor(simplify(tree))))


def alternatives(tree: Node, kept: frozenset[str] = frozenset()) -> Iterator[Form]:
    """The tree itself, and with its parts in each combination of other forms.

    kept: operations for which there is no other form where they stand alone.
    """
    by_pattern: dict[Node, list[Rule]] = {}
    tree = _with_kept(Form(tree), kept, "kept").tree
    for each in rules():
        if each.pattern.op in kept and not any(part.args for part in each.pattern.args):
            continue
        by_pattern.setdefault(each.pattern, []).append(each)
    found = {tree: Form(tree)}
    for same_pattern in by_pattern.values():
        for form in list(found.values()):
            for each in same_pattern:
                changed = _applied(each, form)
                found.setdefault(changed.tree, changed)
    yield from (_with_kept(form, kept, "product") for form in found.values())


def _with_kept(form: Form, kept: frozenset[str], table: str) -> Form:
    """The form with kept operations wherever they are a form of a part, by the rules of a table."""
    for each in rules(table):
        made = {part.op for part in walk(each.form) if part.op not in ("mul", "neg")}
        if kept & made:
            form = _applied(each, form)
    return form


def _applied(rule: Rule, form: Form) -> Form:
    """A form with a rule applied wherever its pattern stands."""
    names = dict(form.names)

    def make(op: str, *args: Node) -> Node:
        made = simplified(op, *args)
        places = match(rule.pattern, made) if made.op == rule.pattern.op else None
        if places is None or not all(places.get(each, ONE).constant for each in rule.numbers):
            return made
        for name, part in rule.names.items():
            names[substitute(part, places, simplified)] = name
        return substitute(rule.form, places, simplified)

    return Form(rebuild(form.tree, lambda leaf: leaf, make), names)


@lru_cache(maxsize=3)
def rules(table: str = "form") -> tuple[Rule, ...]:
    """The rules of a table, those of larger parts before those of smaller ones.

    table: "form" for forms to choose from, "kept" and "product" for operations that a language may
    compute well, taken before these and after them.
    """
    text = (resources.files("actx.codegen") / "forms.toml").read_text(encoding="utf-8")
    return tuple(_rule(dict(entry)) for entry in tomllib.loads(text)[table])


def _rule(entry: dict[str, str]) -> Rule:
    numbers = tuple(map(parameter, entry.pop("numbers", _NUMBERS).split()))
    pattern, form = read(entry.pop("from")), read(entry.pop("to"))
    parts = {name: read(text) for name, text in entry.items()}
    for name in reversed(list(parts)):  # a part is made of those below it
        known = {parameter(name): parts[name]}
        form = substitute(form, known)
        parts = {other: substitute(tree, known) for other, tree in parts.items()}
    return Rule(pattern, form, numbers, parts)


def tidied(tree: Node) -> Node:
    """The tree simplified, with the constants in its products brought together."""

    def make(op: str, *args: Node) -> Node:
        return _gathered(*args) if op == "mul" else simplified(op, *args)

    return rebuild(tree, lambda leaf: leaf, make)


def lowered(tree: Node, forms: Mapping[str, Node]) -> Node:
    """The tree without the operations for which forms are given; simple powers become products.

    forms: by the name of an operation, the form in u, v and w that stands for it.
    """

    def make(op: str, *args: Node) -> Node:
        if op == "pow":
            return _power(*args)
        if op in ("min", "max") and args[0].constant:
            args = args[::-1]  # so that a NaN in the other comes out
        if op in forms:
            places = dict(zip(map(parameter, ARGUMENTS), args, strict=False))
            return lowered(substitute(forms[op], places, simplified), forms)
        if op == "mul":
            return _gathered(*args)
        if op in COMPARING and all(a.op == NUMBER for a in args):
            return holds(op, float(as_fraction(args[0]) - as_fraction(args[1])))
        return simplified(op, *args)

    return rebuild(tree, lambda leaf: leaf, make)


def _gathered(a: Node, b: Node) -> Node:
    """A product; where both factors have a constant in front, these become one."""
    first, second = _factor(a), _factor(b)
    if first is None or second is None or (a.constant and b.constant):
        return simplified("mul", *((b, a) if b.constant else (a, b)))
    rest = [part for part in (first[1], second[1]) if part is not ONE]
    factor = simplified("mul", first[0], second[0])
    return simplified("mul", factor, rest[0] if len(rest) == 1 else simplified("mul", *rest))


def _factor(part: Node) -> tuple[Node, Node] | None:
    """The constant in front of a product, and the rest; None where there is none."""
    if part.constant:
        return part, ONE
    if part.op == "mul" and part.args[0].constant:
        return part.args[0], part.args[1]
    return None


def _power(base: Node, exponent: Node) -> Node:
    """A power as products, square roots or an exponential where it is one."""
    if base is E:
        return simplified("exp", exponent)
    if exponent.op != NUMBER or base.constant:
        return simplified("pow", base, exponent)
    power = as_fraction(exponent)
    if power < 0:
        return ONE / _power(base, -exponent)
    if 2 * power == 1:
        return simplified("sqrt", base)
    n = whole_exponent(exponent)
    if n is None:
        return simplified("pow", base, exponent)
    return _product(base, n)


def _product(base: Node, n: int) -> Node:
    """base^n by squaring."""
    result, square = None, base
    while n:
        if n & 1:
            result = square if result is None else simplified("mul", result, square)
        n >>= 1
        if n:
            square = simplified("mul", square, square)
    return ONE if result is None else result


def without_idle_bounds(tree: Node) -> Node:
    """The tree without a min or max that never acts, as max(u + 3, 0) where u is at least -3."""

    def make(op: str, *args: Node) -> Node:
        if op in ("min", "max") and args[1].op == NUMBER:
            bound, limit = _bound(args[0], op), as_fraction(args[1])
            if bound is not None and (bound >= limit if op == "max" else bound <= limit):
                return args[0]
        return simplified(op, *args)

    return rebuild(tree, lambda leaf: leaf, make)


def _bound(tree: Node, op: str) -> Fraction | None:
    """A number that a tree is never below ("max") or above ("min"), None where none is seen."""
    if tree.op == NUMBER:
        return as_fraction(tree)
    if tree.op == op and tree.args[1].op == NUMBER:
        return as_fraction(tree.args[1])
    if tree.op == "add" and tree.args[1].op == NUMBER:
        bound = _bound(tree.args[0], op)
        return None if bound is None else bound + as_fraction(tree.args[1])
    return None
