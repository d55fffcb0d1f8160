"""When a template is linear in its parameters: offset + sum of parameter times column.

A template is linear when each of its branches is affine in the parameters and no branch depends on
them. That is read off the tree, without a derivative and without a sample, so that it is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from actx.language.tree import ONE, PARAMETER, ZERO, Node, parameters, simplified


@dataclass(frozen=True)
class Affine:
    """offset + the sum of each parameter times its column; all trees are free of parameters."""

    offset: Node
    columns: Mapping[str, Node]

    def at(self, names: Collection[str]) -> tuple[Node, ...]:
        """The columns of parameters in an order; 0 for one that has no effect."""
        return tuple(self.columns.get(name, ZERO) for name in names)


def affine(tree: Node, names: Collection[str]) -> Affine | None:
    """The columns of a tree by its parameters; None where it is not linear in them.

    `2*a*x + b*max(x, 0) + 1` gives the columns `2*x` and `max(x, 0)` and the offset 1;
    `max(a*x, 0)` and `a*b` are not linear.
    """
    known: dict[Node, Affine | None] = {}

    def read(current: Node) -> Affine | None:
        if current not in known:
            known[current] = _read(current)
        return known[current]

    def _read(current: Node) -> Affine | None:
        if not any(name in names for name in parameters(current)):
            return Affine(current, {})
        if current.op == PARAMETER:
            return Affine(ZERO, {str(current.value): ONE})
        rule = _RULES.get(current.op)
        parts = [read(a) for a in current.args] if rule else []
        linear = [part for part in parts if part is not None]
        return rule(*linear) if rule and len(linear) == len(parts) else None

    return read(tree)


def _combined(op: str, *parts: Affine) -> Affine:
    """An operation that is linear in all of its arguments together."""
    names = dict.fromkeys(name for part in parts for name in part.columns)
    columns = {
        name: simplified(op, *(part.columns.get(name, ZERO) for part in parts)) for name in names
    }
    kept = {name: column for name, column in columns.items() if column is not ZERO}
    return Affine(simplified(op, *(part.offset for part in parts)), kept)


def _times(a: Affine, b: Affine) -> Affine | None:
    if a.columns and b.columns:
        return None
    fixed, moving = (a, b) if b.columns else (b, a)
    columns = {n: simplified("mul", fixed.offset, c) for n, c in moving.columns.items()}
    return Affine(simplified("mul", a.offset, b.offset), columns)


def _over(a: Affine, b: Affine) -> Affine | None:
    if b.columns:
        return None
    columns = {n: simplified("div", c, b.offset) for n, c in a.columns.items()}
    return Affine(simplified("div", a.offset, b.offset), columns)


def _where(condition: Affine, a: Affine, b: Affine) -> Affine | None:
    if condition.columns:
        return None
    names = dict.fromkeys([*a.columns, *b.columns])

    def chosen(f: Node, g: Node) -> Node:
        return f if f is g else simplified("where", condition.offset, f, g)

    columns = {n: chosen(a.columns.get(n, ZERO), b.columns.get(n, ZERO)) for n in names}
    return Affine(chosen(a.offset, b.offset), columns)


_RULES: Mapping[str, Callable[..., Affine | None]] = {
    "add": lambda a, b: _combined("add", a, b),
    "sub": lambda a, b: _combined("sub", a, b),
    "neg": lambda a: _combined("neg", a),
    "mul": _times,
    "div": _over,
    "where": _where,
}
