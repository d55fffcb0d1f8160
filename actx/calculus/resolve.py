"""A piecewise tree made smooth, given what decides its comparisons.

Conditions are resolved before the branches that they choose from, and a branch that is never chosen
is never looked at: what it contains need not be defined.
"""

from __future__ import annotations

from collections.abc import Callable

from actx.calculus.steps import has_steps, step, without_steps
from actx.language.derivative import by_cases
from actx.language.operations import COMPARISONS, OPERATIONS
from actx.language.tree import ONE, ZERO, Node, node, simplified

COMPARING = {o.name: o for o in COMPARISONS.values()}
Decide = Callable[[Node, Node, Node], Node | None]  # comparison, its smooth sides: ONE, ZERO, None
About = Callable[[Node], float]  # what a smooth tree is about


def holds(op: str, sign: float) -> Node:
    """ONE or ZERO for a comparison, by the sign of left - right side; NaN is undefined."""
    return ONE if COMPARING[op].at(sign, 0) else ZERO


def resolved(tree: Node, decide: Decide, about: About) -> tuple[Node, bool]:
    """The tree with its comparisons decided, and whether it is smooth then.

    A comparison that `decide` leaves open stays, with all that depends on it. about: the value of a
    smooth tree at some place where the tree is looked at, from which steps are looked for.
    """
    return _Resolver(decide, about).run(tree)


class _Resolver:
    def __init__(self, decide: Decide, about: About) -> None:
        self.decide, self.about = decide, about
        self.done: dict[Node, Node] = {}
        self.open: set[Node] = set()  # nodes whose result is not smooth
        self.stands_for: dict[Node, Node] = {}  # what a node was rewritten as

    def run(self, tree: Node) -> tuple[Node, bool]:
        stack = [tree]
        while stack:
            current = stack[-1]
            if current in self.done:
                stack.pop()
                continue
            missing = self._next(current)
            if missing is not None:
                stack.append(missing)
                continue
            self._finish(current)
            stack.pop()
        return self.done[tree], tree not in self.open

    def _next(self, current: Node) -> Node | None:
        """An argument, branch or rewritten form that is needed first."""
        if current not in self.stands_for and (ahead := _ahead(current)) is not None:
            self.stands_for[current] = ahead
        if current in self.stands_for:
            form = self.stands_for[current]
            return None if form in self.done else form
        needed = current.args[:1] if current.op in ("where", "and", "or") else current.args
        missing = next((a for a in needed if a not in self.done), None)
        if missing is not None or any(a in self.open for a in needed):
            return missing
        rewritten = self._rewritten(current)
        if rewritten is None:
            return None
        self.stands_for[current] = rewritten
        return None if rewritten in self.done else rewritten

    def _rewritten(self, current: Node) -> Node | None:
        """The branch that is chosen, or an operation written by its cases."""
        if current.op == "where":
            return current.args[1 if self.done[current.args[0]] is not ZERO else 2]
        if current.op in ("and", "or"):
            first = self.done[current.args[0]]
            return first if (first is ZERO) == (current.op == "and") else current.args[1]
        if current.args and has_cases(current):
            return by_cases(node(current.op, *(self.done[a] for a in current.args)))
        return None

    def _finish(self, current: Node) -> None:
        form = self.stands_for.get(current)
        if form is not None:
            self.done[current] = self.done[form]
            if form in self.open:
                self.open.add(current)
            return
        args = [self.done.get(a, a) for a in current.args]
        if any(a in self.open for a in current.args):
            self.done[current] = node(current.op, *args)
            self.open.add(current)
            return
        if current.op in COMPARING:
            decision = self.decide(current, *args)
        elif args and OPERATIONS[current.op].steps is not None:
            decision = step(current.op, args[0], self.about(args[0]), self._compared)
        else:
            self.done[current] = simplified(current.op, *args) if args else current
            return
        self.done[current] = node(current.op, *args) if decision is None else decision
        if decision is None:
            self.open.add(current)

    def _compared(self, comparison: Node) -> Node | None:
        return self.decide(comparison, *comparison.args)


def has_cases(current: Node) -> bool:
    """Whether an operation is piecewise, and can be written by its cases (`by_cases`)."""
    operation = OPERATIONS[current.op]
    return operation.is_piecewise and operation.steps is None


def _ahead(current: Node) -> Node | None:
    """What a node is rewritten as before its arguments are looked at, which may be full of steps.

    None where it is not: where nothing in it has steps, and where these count.
    """
    if not any(map(has_steps, current.args)):
        return None
    if current.op in COMPARING:
        return without_steps(current)
    return by_cases(current) if has_cases(current) else None
