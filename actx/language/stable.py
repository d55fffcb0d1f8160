"""Rewriting a tree for evaluation, so that sums which cancel are computed in a way that does not."""

from __future__ import annotations

from functools import lru_cache

from actx.language.operations import ARGUMENTS, STABLE_FORMS
from actx.language.tree import PARAMETER, Node, parameter, rebuild, simplified, substitute

_HEADS = frozenset({"add", "sub", "log"})  # the operations that the patterns begin with
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
    orders = (args, args[::-1]) if op == "add" else (args,)
    for pattern, replacement in _rules():
        if pattern.op == op:
            for order in orders:
                found = _match_all(pattern.args, order, {})
                if found is not None:
                    return substitute(replacement, found, simplified)
    return made


@lru_cache(maxsize=1)
def _rules() -> list[tuple[Node, Node]]:
    from actx.language.syntax import rule

    return [(rule(pattern), rule(replacement)) for pattern, replacement in STABLE_FORMS.items()]


def _match_all(
    patterns: tuple[Node, ...], trees: tuple[Node, ...], found: dict[Node, Node]
) -> dict[Node, Node] | None:
    """What the places u, v, w of patterns stand for in trees, None where they differ."""
    for pattern, tree in zip(patterns, trees, strict=True):
        if pattern.op == PARAMETER and pattern in _PLACES:
            if found.setdefault(pattern, tree) is not tree:
                return None
        elif pattern.args:
            if pattern.op != tree.op or _match_all(pattern.args, tree.args, found) is None:
                return None
        elif pattern is not tree:
            return None
    return found
