"""Rewriting a tree for evaluation: sums that cancel in a form that does not."""

from __future__ import annotations

from functools import lru_cache

from actx.language.operations import ARGUMENTS, STABLE_FORMS
from actx.language.tree import PARAMETER, Node, parameter, rebuild, simplified, substitute

_HEADS = frozenset({"add", "sub", "log", "log1p"})  # the operations that the patterns begin with
_PLACES = frozenset(parameter(name) for name in ARGUMENTS)


@lru_cache(maxsize=4096)
def stable(tree: Node) -> Node:
    """The same function in its numerically stable form (`operations.STABLE_FORMS`)."""
    return rebuild(tree, lambda leaf: leaf, _rewritten)


def _rewritten(op: str, *args: Node) -> Node:
    from actx.language.tree import node

    made = node(op, *args)
    if op not in _HEADS:
        return made
    for pattern, replacement in _rules():
        found = _match(pattern, made, {})
        if found is not None:
            return substitute(replacement, found, simplified)
    return made


@lru_cache(maxsize=1)
def _rules() -> list[tuple[Node, Node]]:
    from actx.language.syntax import rule

    return [(rule(pattern), rule(replacement)) for pattern, replacement in STABLE_FORMS.items()]


def _match(pattern: Node, tree: Node, found: dict[Node, Node]) -> dict[Node, Node] | None:
    """What the places u, v, w of a pattern stand for in a tree, None where they differ."""
    if pattern.op == PARAMETER and pattern in _PLACES:
        known = found.get(pattern, tree)
        return {**found, pattern: tree} if known is tree else None
    if not pattern.args:
        return found if pattern is tree else None
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
