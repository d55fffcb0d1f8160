"""Rewriting a tree into a form of the same function that floats can work with."""

from __future__ import annotations

from functools import lru_cache, partial

from actx.language.operations import ARGUMENTS, BOUNDED_FORMS, STABLE_FORMS
from actx.language.tree import (
    NUMBER,
    PARAMETER,
    Node,
    node,
    parameter,
    rebuild,
    simplified,
    substitute,
)

_TABLES = {"stable": STABLE_FORMS, "bounded": BOUNDED_FORMS}
_PLACES = frozenset(parameter(name) for name in ARGUMENTS)


@lru_cache(maxsize=4096)
def stable(tree: Node) -> Node:
    """For evaluation: sums that cancel in a form that does not (`operations.STABLE_FORMS`)."""
    return rebuild(tree, lambda leaf: leaf, partial(_rewritten, "stable"))


@lru_cache(maxsize=4096)
def bounded(tree: Node) -> Node:
    """For differentiation: quotients whose derivatives overflow (`operations.BOUNDED_FORMS`)."""
    return rebuild(tree, lambda leaf: leaf, partial(_rewritten, "bounded"))


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
    from actx.language.syntax import rule

    rules: dict[str, list[tuple[Node, Node]]] = {}
    for pattern, replacement in _TABLES[table].items():
        rules.setdefault(rule(pattern).op, []).append((rule(pattern), rule(replacement)))
    return rules


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
