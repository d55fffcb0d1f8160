"""Whether a smooth tree is analytic at a point, singularities apart that can be removed."""

from __future__ import annotations

from actx.arithmetic.coefficients import Number
from actx.calculus.guards import guards_at
from actx.calculus.proven.enclose import exact_sign
from actx.language.tree import NUMBER, Node, as_fraction, walk

_ARITHMETIC = ("add", "sub", "mul", "div", "neg")


def is_regular(tree: Node, x: Number) -> bool:
    """Whether a tree with finite limits at an exact point goes on analytically across it.

    It does where no operation in it is singular there, and where only divisions are, on which
    nothing but arithmetic rests: it is a quotient of analytic functions then.
    """
    divided: set[Node] = set()  # what may have a pole at x
    for part in walk(tree):
        inherited = any(argument in divided for argument in part.args)
        whole = part.op == "pow" and _is_whole(part.args[1])
        singular = any(not exact_sign(guard, x) for guard in guards_at(part))
        if singular and not (part.op == "div" or whole):
            return False
        if inherited and not (part.op in _ARITHMETIC or whole):
            return False
        if singular or inherited:
            divided.add(part)
    return True


def _is_whole(exponent: Node) -> bool:
    return exponent.op == NUMBER and as_fraction(exponent).denominator == 1
