"""A function as α·h(βx + γ) + δ with exact numbers, where h holds as few constants as can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from actx.calculus.proven.reader import line
from actx.language.tree import NUMBER, ZERO, Node, X, as_fraction, number, replace, simplified, walk


@dataclass(frozen=True)
class Scaling:
    """h ↦ alpha·h(beta·x + gamma) + delta."""

    alpha: Fraction = Fraction(1)
    beta: Fraction = Fraction(1)
    gamma: Fraction = Fraction(0)
    delta: Fraction = Fraction(0)

    def around(self, inner: Scaling) -> Scaling:
        """This one of a function that is itself the inner one of another."""
        return Scaling(
            self.alpha * inner.alpha,
            self.beta * inner.beta,
            inner.beta * self.gamma + inner.gamma,
            self.alpha * inner.delta + self.delta,
        )

    @property
    def inverse(self) -> Scaling:
        """What undoes this one."""
        return Scaling(
            1 / self.alpha, 1 / self.beta, -self.gamma / self.beta, -self.delta / self.alpha
        )

    @property
    def effort(self) -> int:
        """How many of the numbers are not what leaves a function as it is."""
        return (self.alpha != 1) + (self.beta != 1) + (self.gamma != 0) + (self.delta != 0)

    def of(self, tree: Node) -> Node:
        """The tree, scaled."""
        inner = number(self.beta) * X + number(self.gamma)
        return number(self.alpha) * _put_in(tree, inner) + number(self.delta)


def _put_in(tree: Node, inner: Node) -> Node:
    return tree if inner is X else replace(tree, X, inner)


def normal_forms(tree: Node) -> list[tuple[Scaling, Node]]:
    """Ways to write a tree as a scaling of another: by each line in x that stands in it."""
    found: dict[Node, Scaling] = {}
    lines = dict.fromkeys(_lines(tree))
    for slope, offset in (*lines, (Fraction(1), Fraction(0))):
        outer, inner = _outside(_by_line(tree, slope, offset))
        if not inner.constant:
            scaling = Scaling(outer.alpha, slope, offset, outer.delta)
            known = found.get(inner)
            if known is None or scaling.effort < known.effort:
                found[inner] = scaling
    return [(scaling, inner) for inner, scaling in found.items()]


def _lines(tree: Node) -> Iterator[tuple[Fraction, Fraction]]:
    """The largest subtrees that are lines, other than constants."""
    found = line(tree)
    if found is not None:
        if found[0]:
            yield found
        return
    for each in tree.args:
        yield from _lines(each)


def _by_line(tree: Node, slope: Fraction, offset: Fraction) -> Node:
    """The tree in u = slope·x + offset, which is written x."""
    done: dict[Node, Node] = {}
    for current in walk(tree):
        found = line(current)
        if found is not None:
            a = found[0] / slope
            done[current] = number(a) * X + number(found[1] - a * offset)
        elif current.args:
            done[current] = simplified(current.op, *(done[each] for each in current.args))
        else:
            done[current] = current
    return done[tree]


def _outside(tree: Node) -> tuple[Scaling, Node]:
    """The factor and the shift that stand outside a tree, and what they are applied to."""
    args = tree.args
    if tree.op in ("add", "sub"):
        sign = 1 if tree.op == "add" else -1
        if args[1].op == NUMBER:
            outer, inner = _outside(args[0])
            shift = sign * as_fraction(args[1])
            return Scaling(outer.alpha, delta=outer.delta + shift), inner
        if args[0].op == NUMBER:
            outer, inner = _outside(args[1])
            shift = as_fraction(args[0])
            return Scaling(sign * outer.alpha, delta=sign * outer.delta + shift), inner
    if tree.op == "neg":
        outer, inner = _outside(args[0])
        return Scaling(-outer.alpha, delta=-outer.delta), inner
    if tree.op in ("mul", "div") and args[1] is not ZERO:
        if args[1].op == NUMBER or (args[0].op == NUMBER and tree.op == "mul"):
            constant, other = args if args[0].op == NUMBER else args[::-1]
            factor = as_fraction(constant) if tree.op == "mul" else 1 / as_fraction(constant)
            outer, inner = _outside(other)
            return Scaling(outer.alpha * factor, delta=outer.delta * factor), inner
        first, second = _factor(args[0]), _factor(args[1])
        both = first[0] * second[0] if tree.op == "mul" else first[0] / second[0]
        return Scaling(both), simplified(tree.op, first[1], second[1])
    return Scaling(), tree


def _factor(tree: Node) -> tuple[Fraction, Node]:
    """A number and a tree whose product is a tree."""
    if tree.op == NUMBER:
        return Fraction(1), tree
    outer, inner = _outside(tree)
    return (outer.alpha, inner) if outer.delta == 0 and outer.alpha else (Fraction(1), tree)
