"""Rewriting a tree into a form of the same function: one that floats can work with, or one in
other operations.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from functools import lru_cache, partial

from actx.language.grammar import rule, rule_condition
from actx.language.operations import ARGUMENTS, OPERATIONS
from actx.language.tree import (
    NUMBER,
    PARAMETER,
    Node,
    as_fraction,
    node,
    parameter,
    rebuild,
    simplified,
    substitute,
    walk,
)

# Sums that cancel where another way to write them does not: evaluated as the second one.
STABLE_FORMS: Mapping[str, str] = {
    "1 + erf(u)": "erfc(-u)",
    "1 - erf(u)": "erfc(u)",
    "1 + tanh(u)": "2*sigmoid(2*u)",
    "1 - tanh(u)": "2*sigmoid(-2*u)",
    "1 - sigmoid(u)": "sigmoid(-u)",
    "exp(u) - 1": "expm1(u)",
    "1 - exp(u)": "-expm1(u)",
    "log(1 + exp(u))": "softplus(u)",  # exp(u) may overflow
    "log1p(exp(u))": "softplus(u)",
    "log(1 + u)": "log1p(u)",
    "u + sqrt(u^2 + v)": "root_sum(u, v)",
    "sqrt(u^2 + v) - u": "root_sum(-u, v)",
}

# Quotients whose derivatives overflow to inf/inf far out, where those of the second form do not.
BOUNDED_FORMS: Mapping[str, str] = {
    "exp(u)/(1 + exp(u))": "sigmoid(u)",
    "u/(1 + exp(v))": "u*sigmoid(-v)",
    "u/cosh(v)": "u*sech(v)",
}

_TABLES = {"stable": STABLE_FORMS, "bounded": BOUNDED_FORMS}
_PLACES = frozenset(parameter(name) for name in ARGUMENTS)


@lru_cache(maxsize=4096)
def stable(tree: Node) -> Node:
    """For evaluation: sums that cancel in a form that does not (`STABLE_FORMS`)."""
    return rebuild(tree, lambda leaf: leaf, partial(_rewritten, "stable"))


@lru_cache(maxsize=4096)
def bounded(tree: Node) -> Node:
    """For differentiation: quotients whose derivatives overflow (`BOUNDED_FORMS`)."""
    return rebuild(tree, lambda leaf: leaf, partial(_rewritten, "bounded"))


@lru_cache(maxsize=4096)
def by_floor(tree: Node) -> Node:
    """For code: remainders by a power of two of at least 1 by floor, which is exact there."""

    def make(op: str, *args: Node) -> Node:
        if op != "mod" or not _doubled(args[1]):
            return node(op, *args)
        return expanded(op, args)

    return rebuild(tree, lambda leaf: leaf, make)


def _doubled(divisor: Node) -> bool:
    """Whether this is 1, 2, 4, ..."""
    if divisor.op != NUMBER:
        return False
    n = as_fraction(divisor)
    return n.denominator == 1 and n >= 1 and not n.numerator & (n.numerator - 1)


def _rewritten(table: str, op: str, *args: Node) -> Node:
    made = node(op, *args)
    for pattern, replacement in _rules(table).get(op, ()):
        found = match(pattern, made)
        if found is not None:
            return substitute(replacement, found, simplified)
    return made


@lru_cache(maxsize=2)
def _rules(table: str) -> dict[str, list[tuple[Node, Node]]]:
    """Patterns and what they become, by the operation that they begin with."""
    rules: dict[str, list[tuple[Node, Node]]] = {}
    for pattern, replacement in _TABLES[table].items():
        rules.setdefault(rule(pattern).op, []).append((rule(pattern), rule(replacement)))
    return rules


@lru_cache(maxsize=256)
def through_others(name: str) -> Node:
    """The definition of an operation, in u, v and w and in the form that floats can work with."""
    definition = OPERATIONS[name].definition
    assert definition is not None, f"{name} has no definition"
    tree = rule(definition)
    better = stable(tree)
    return tree if any(part.op == name for part in walk(better)) else better


@lru_cache(maxsize=256)
def code_form(name: str) -> Node:
    """An operation in the form in which code computes it from others, in u, v and w."""
    form = OPERATIONS[name].form
    if form is None:
        return through_others(name)
    return rule_condition(form) if OPERATIONS[name].is_condition else rule(form)


def expanded(name: str, args: Sequence[Node], by: Callable[[str], Node] = through_others) -> Node:
    """An operation written through others, with its arguments put in."""
    places = dict(zip(map(parameter, ARGUMENTS), args, strict=False))
    return substitute(by(name), places, simplified)


def spelled_out(
    tree: Node, known: Container[str], by: Callable[[str], Node] = through_others
) -> Node:
    """The tree in the operations that are known, the others written through these.

    by: their definitions, or `code_form`. One that is not known and has no definition stays.
    """
    if all(part.op in known or not part.args for part in walk(tree)):
        return tree

    def make(op: str, *args: Node) -> Node:
        if op in known or OPERATIONS[op].definition is None:
            return node(op, *args)
        return spelled_out(expanded(op, args, by), known, by)

    return rebuild(tree, lambda leaf: leaf, make)


def match(pattern: Node, tree: Node) -> dict[Node, Node] | None:
    """What the places u, v, w of a pattern stand for in a tree, None where they differ."""
    return _match(pattern, tree, {})


def _match(pattern: Node, tree: Node, found: dict[Node, Node]) -> dict[Node, Node] | None:
    if pattern.op == PARAMETER and pattern in _PLACES:
        known = found.get(pattern, tree)
        return {**found, pattern: tree} if known is tree else None
    if not pattern.args:
        return found if pattern is tree else None
    if pattern.op == "neg" and tree.op == "mul" and tree.args[0].op == NUMBER:
        tree = node("neg", simplified("neg", tree))  # -2*x is the opposite of 2*x
    if pattern.op != tree.op:
        return None
    orders = (tree.args, tree.args[::-1]) if pattern.op in ("add", "mul") else (tree.args,)
    for order in orders:
        matched: dict[Node, Node] | None = found
        for part, argument in zip(pattern.args, order, strict=True):
            matched = None if matched is None else _match(part, argument, matched)
        if matched is not None:
            return matched
    return None
