"""What a statement is decided with: the domain, the names and parameters, the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from actx.calculus.formula import Formula, read_formula
from actx.calculus.pieces import Piecewise, pieces
from actx.calculus.proven.pieces import Verified, verify
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.language.library import Library
from actx.language.tree import Node

Bind = Callable[[Formula], Node]


@dataclass(frozen=True)
class Case:
    """What a statement is decided with: the domain, the parameters' values, the time.

    The functions are those on an interval; what is asked of all intervals walks over `parts`.
    outside: ends of the domain that do not belong to it.
    """

    domain: Domain
    library: Library
    bind: Bind
    budget: Budget
    outside: frozenset[float] = frozenset()

    @property
    def parts(self) -> list[Case]:
        """The case on each interval of the domain."""
        return [replace(self, domain=interval) for interval in self.domain.parts]

    def formula(self, text: str) -> Node:
        return self.bind(read_formula(text, self.library))

    def pieces(self, tree: Node) -> Piecewise:
        return pieces(tree, self.domain.lo, self.domain.hi)

    def verified(self, tree: Node) -> Verified:
        """The pieces with their proof; a difference is 0 where both sides are proven equal."""
        if tree.op == "sub":
            return self.verified(tree.args[0]).minus(self.verified(tree.args[1]))
        found = verify(tree, self.pieces(tree), self.budget)
        joints = tuple(j for j in found.joints if j.lo not in self.outside)
        return replace(found, joints=joints)
