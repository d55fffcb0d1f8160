"""Bounds, inequalities and equations between functions, at every x of a domain.

An inequality holds where the difference of its sides is nowhere above 0: by its signs where they
are proven (`actx.calculus.proven.signs`, exact for rational functions), else by an enclosure of its
supremum. It fails by a witness, at which both sides are enclosed in balls or known exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from flint import arb, ctx

from actx.analysis.monotone import turning
from actx.analysis.results import Answer, Verdict
from actx.analysis.statements.case import Case
from actx.analysis.supremum import Supremum, supremum
from actx.arithmetic.coefficients import Number
from actx.calculus.proven.cells import Cell, cells
from actx.calculus.proven.enclose import ball_program, exact_ball, exact_sign, hull, outward
from actx.calculus.proven.identity import proven_equal
from actx.calculus.proven.pieces import Joint, Verified, constant_sign
from actx.calculus.proven.signs import Signs, signs
from actx.core.budget import HIGHER_PRECISION, PRECISION, Budget
from actx.core.domain import Interval
from actx.language.tree import ZERO, Node, X, number
from actx.language.tree import replace as put_in

OPPOSITE = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
_BESIDE = (0.0, 1e-6, -1e-6, 1e-3, -1e-3, 1.0, -1.0)
_SIGNS_SHARE = 0.4  # of the time goes to signs, at most
_ZERO, _BELOW = frozenset({0}), frozenset({-1})
_MOST_TOLD = 6  # places that a sentence names


# --- suprema ---


def extreme(statement: str, tree: Node, sign: int, op: str, bound: Node, case: Case) -> Verdict:
    """A bound on max|F| (sign 0), max F (1) or min F (-1)."""
    functions = [part.verified(tree) for part in case.parts]
    found = largest(functions, sign, case.budget)
    with ctx.workprec(PRECISION):
        level = ball_program(bound, precision=PRECISION)(exact_ball(0))[0]
    if sign < 0:  # min F > c is max(-F) < -c
        level, op = -level, OPPOSITE[op]
    enclosure = (found.lo, found.hi) if sign >= 0 else (-found.hi + 0.0, -found.lo + 0.0)
    exact = all(function.exact for function in functions)
    answer = _compared(found, op, level) if exact else Answer.UNDECIDED
    name = {0: "max|F|", 1: "max F", -1: "min F"}[sign]
    detail = f"{name} lies in {shown(enclosure)}"
    witness = found.at if answer is Answer.DISPROVEN else None
    return Verdict(statement, answer, detail, witness, enclosure)


def largest(functions: Sequence[Verified], sign: int, budget: Budget) -> Supremum:
    """The supremum over all intervals, on each of which a function is given."""
    found = [supremum(function, sign, turning(function.pieces), budget) for function in functions]
    best = max(found, key=lambda each: each.lo)
    sites = tuple(site for each in found for site in each.sites)
    proven = all(each.proven for each in found)
    return replace(best, hi=max(each.hi for each in found), proven=proven, sites=sites)


def _compared(found: Supremum, op: str, level: arb) -> Answer:
    lo, hi = exact_ball(found.lo), exact_ball(found.hi)
    holds = {
        "<": (hi < level, lo >= level),
        "<=": (hi <= level, lo > level),
        ">": (lo > level, hi <= level),
        ">=": (lo >= level, hi < level),
        "==": (lo >= level and hi <= level, lo > level or hi < level),
    }[op]
    if holds[0]:
        return Answer.PROVEN
    return Answer.DISPROVEN if holds[1] else Answer.UNDECIDED


def shown(enclosure: Interval) -> str:
    lo, hi = enclosure
    return f"[{lo:.17g}, {hi:.17g}]"


# --- the signs of a difference ---


@dataclass(frozen=True)
class Look:
    """A function on an interval, with the signs that its pieces and joints are proven to take.

    None: not known. A joint without a value takes no sign. cells: the same for a piecewise rational
    function, exactly.
    """

    function: Verified
    pieces: tuple[Signs | None, ...]
    joints: tuple[frozenset[int] | None, ...]
    cells: tuple[Cell, ...] | None = None

    @property
    def taken(self) -> frozenset[int] | None:
        """All signs that it takes, None where some are not known."""
        if self.cells is not None:
            return frozenset(cell.sign for cell in self.cells if cell.sign is not None)
        sets: list[frozenset[int]] = []
        for each in self.pieces:
            if each is None:
                return None
            sets.append(each.taken | ({0} if each.zeros else set()))
        for joint in self.joints:
            if joint is None:
                return None
            sets.append(joint)
        return frozenset().union(*sets) if self.function.exact else None

    @property
    def places(self) -> list[float]:
        """Points worth a look: at least one where each known sign is taken."""
        found = [cell.sample for cell in self.cells or ()]
        found += [x for each in self.pieces if each is not None for x in each.samples]
        found += [zero.x for each in self.pieces if each is not None for zero in each.zeros]
        found += [p.inside for p in self.function.pieces]
        return found + [float(x) for j in self.function.joints for x in (j.lo, j.hi)]

    @property
    def contacts(self) -> list[Contact]:
        """Where it is 0: points, and the pieces on which it vanishes, from left to right."""
        found = self._in_cells() if self.cells is not None else self._in_pieces()
        joined: list[Contact] = []
        for contact in sorted(found, key=lambda contact: (contact.lo, contact.hi)):
            if joined and contact.joins(joined[-1]):
                hi = max(joined[-1].hi, contact.hi)
                joined[-1] = replace(joined[-1], hi=hi, last=contact.last, point=False)
            else:
                joined.append(contact)
        return joined

    def _in_cells(self) -> list[Contact]:
        zero = [cell for cell in self.cells or () if cell.sign == 0]
        return [Contact(c.lo, c.hi, c.first, c.last, c.point) for c in zero]

    def _in_pieces(self) -> list[Contact]:
        found = [
            Contact(zero.lo, zero.hi, zero.exact, zero.exact)
            for each in self.pieces
            for zero in (each.zeros if each is not None else ())
        ]
        level: set[Number] = set()  # ends of pieces on which it vanishes
        for piece, each in zip(self.function.pieces, self.pieces, strict=True):
            if each is not None and each.taken == _ZERO:
                lo, hi = float(piece.lo), float(piece.hi)
                found.append(Contact(lo, hi, piece.lo, piece.hi, False))
                level |= {piece.lo, piece.hi}
        for joint, sign in zip(self.function.joints, self.joints, strict=True):
            if sign == _ZERO:
                found.append(Contact(*outward(exact_ball(joint.lo)), joint.lo, joint.lo))
            elif joint.meets_zero and not {joint.lo, joint.hi} & level:
                found.append(Contact(*outward(hull(joint.lo, joint.hi)), None, None))
        return found


@dataclass(frozen=True)
class Contact:
    """A point or an interval where a function is 0, in [lo, hi].

    first, last: its ends where they are known exactly.
    """

    lo: float
    hi: float
    first: Number | None
    last: Number | None
    point: bool = True

    def joins(self, before: Contact) -> bool:
        """Whether it goes on where another ends."""
        if self.point and before.point:
            return self.first is not None and self.first == before.last
        exact = self.first is not None and before.last is not None
        return self.first == before.last if exact else self.lo <= before.hi

    @property
    def x(self) -> float:
        """A point of it, or near it."""
        if self.first is not None and math.isfinite(self.first):
            return float(self.first)
        return self.lo + (self.hi - self.lo) / 2

    def __str__(self) -> str:
        if self.first is None or self.last is None:
            return f"{'x' if self.point else 'all x'} in {shown((self.lo, self.hi))}"
        if self.first == self.last:
            return f"x = {_exactly(self.first)}"
        return f"all x in {_exactly(self.first)}:{_exactly(self.last)}"


def _exactly(x: Number) -> str:
    if isinstance(x, float) and not math.isfinite(x):
        return f"{x:g}"
    exact = Fraction(x)
    return str(exact) if exact.denominator < 1000 else f"{float(exact):.17g}"


def look(function: Verified, budget: Budget) -> Look:
    """The signs of a function."""
    exact = _exact_look(function)
    if exact is not None:
        return exact
    pieces = tuple(signs(p.tree, p.lo, p.hi, budget) for p in function.pieces)
    joints = tuple(_joint_signs(joint, function, pieces) for joint in function.joints)
    return Look(function, pieces, joints)


def _exact_look(function: Verified) -> Look | None:
    """A look at a piecewise rational function, at ends of the domain only if they belong to it."""
    lo, hi = function.pieces[0].lo, function.pieces[-1].hi
    if not all(isinstance(x, int | Fraction) or math.isinf(x) for x in (lo, hi)):
        return None
    found = cells(function.tree, lo, hi)
    if found is None:
        return None
    own = {joint.lo for joint in function.joints}
    kept = tuple(c for c in found if not (c.point and c.first in (lo, hi) and c.first not in own))
    return Look(function, (None,) * len(function.pieces), (), kept)


def _joint_signs(
    joint: Joint, function: Verified, pieces: Sequence[Signs | None]
) -> frozenset[int] | None:
    with ctx.workprec(PRECISION):
        value = joint.value()
        if joint.exact:  # 0*(x/x) folds to 0 at 0, where it has no value
            plain = ball_program(joint.tree, precision=PRECISION)(exact_ball(joint.lo))[0]
            value = value if plain.is_finite() else plain
    if not value.is_finite():
        return frozenset()  # it has no value there, or that of a piece in the limit
    if value > 0 or value < 0:
        return frozenset({1 if value > 0 else -1})
    if joint.corner is not None and joint.meets_zero:
        return frozenset({0, -joint.corner.side})
    if joint.exact:
        sign = sign_at(joint.tree, joint.lo)
        if sign is not None:
            return frozenset({sign})
    for piece, known in zip(function.pieces, pieces, strict=True):
        if known is not None and piece.tree is joint.tree and joint.lo in (piece.lo, piece.hi):
            return known.taken | {0}  # by continuity
    return None


def sign_at(tree: Node, x: Number) -> int | None:
    """The sign of a tree at an exact point, 0 where that is proven by identity as well."""
    sign = exact_sign(tree, x)
    if sign is None and proven_equal(put_in(tree, X, number(Fraction(x))), ZERO):
        return 0
    return sign


# --- at every x ---


def ordered(statement: str, a: Node, b: Node, op: str, case: Case) -> Verdict:
    """a < b or a <= b at every x of the domain."""
    differences = [part.verified(a).minus(part.verified(b)) for part in case.parts]
    time = case.budget.part(_SIGNS_SHARE)
    looks = [look(difference, time) for difference in differences]
    taken = _together(looks)
    below = taken is not None and 1 not in taken
    contacts = [place for each in looks for place in each.contacts] if below else []
    enclosure = (0.0, 0.0) if contacts else _enclosure(differences, case.budget, below)
    detail = f"the largest left - right side lies in {shown(enclosure)}"
    equal_at = tuple((contact.lo, contact.hi) for contact in contacts)
    if below and (op == "<=" or taken == _BELOW):
        told = f"{detail}{_met(contacts)}"
        if op == "<" and enclosure[1] == 0:
            told = f"{detail}, approached and never reached"
        return Verdict(statement, Answer.PROVEN, told, None, enclosure, equal_at=equal_at)
    exact = all(difference.exact for difference in differences)
    if exact and (enclosure[1] < 0 or (op == "<=" and enclosure[1] <= 0)):
        return Verdict(statement, Answer.PROVEN, detail, None, enclosure)
    if (
        taken is None
        and op == "<"
        and exact
        and all(_is_negative(each, case.budget) for each in differences)
    ):
        detail = f"{detail}, approached and never reached"
        return Verdict(statement, Answer.PROVEN, detail, None, enclosure)
    failures = [w for each in looks if (w := _fails_at(a, b, op, each, case)) is not None]
    if failures:
        worst = max(failures, key=lambda failure: failure.gap[0])
        return worst.verdict(statement, enclosure)
    if op == "<" and contacts:
        told, x = _met(contacts).removeprefix("; "), contacts[0].x
        return Verdict(statement, Answer.DISPROVEN, told, x, enclosure, equal_at=equal_at)
    return Verdict(statement, Answer.UNDECIDED, detail, None, enclosure)


def _together(looks: Iterable[Look]) -> frozenset[int] | None:
    """All signs taken, None where some are not known."""
    sets = [each.taken for each in looks]
    return None if None in sets else frozenset().union(*(s for s in sets if s is not None))


def _enclosure(differences: Sequence[Verified], budget: Budget, below: bool) -> Interval:
    found = largest(differences, 1, budget.part(0.1) if below else budget)
    return found.lo, min(found.hi, 0.0) if below else found.hi


def _met(contacts: Sequence[Contact]) -> str:
    """Where both sides are equal, in words."""
    if not contacts:
        return ""
    told = ", ".join(map(str, contacts[:_MOST_TOLD]))
    more = len(contacts) - _MOST_TOLD
    return f"; both sides are equal at {told}" + (f" and at {more} more places" if more > 0 else "")


def _is_negative(function: Verified, budget: Budget) -> bool:
    """Whether a function is proven to be below 0 at every x, though it may come near."""
    with ctx.workprec(PRECISION):
        if not all(joint.value() < 0 for joint in function.joints):
            return False
    return all(constant_sign(p.tree, p.lo, p.hi, budget) == -1 for p in function.pieces)


@dataclass(frozen=True)
class Failure:
    """An x at which a statement is proven to fail, with both sides and their difference there."""

    x: float
    left: Interval
    right: Interval
    gap: Interval

    def verdict(self, statement: str, enclosure: Interval | None = None) -> Verdict:
        told = f"there left - right side lies in {shown(self.gap)}"
        sides = self.left, self.right
        return Verdict(statement, Answer.DISPROVEN, told, self.x, enclosure, sides=sides)


def _fails_at(a: Node, b: Node, op: str, seen: Look, case: Case) -> Failure | None:
    """An x at which a op b is proven to fail: of those tried the one with the largest gap."""
    lo, hi = seen.function.lo, seen.function.hi
    places = [*seen.places, *turning(seen.function.pieces)]
    beside = dict.fromkeys(x + step for x in places if math.isfinite(x) for step in _BESIDE)
    tried = [x for x in beside if lo <= x <= hi and x not in case.outside]
    found = (_failure(a, b, op, tried, precision) for precision in HIGHER_PRECISION)
    return next((failure for failure in found if failure is not None), None)


def _failure(a: Node, b: Node, op: str, tried: Sequence[float], precision: int) -> Failure | None:
    found: Failure | None = None
    with ctx.workprec(precision):
        program = ball_program(a, b, precision=precision)
        for x in tried:
            left, right = program(exact_ball(x))
            gap = left - right
            size = abs(gap) if op == "==" else gap
            fails = gap >= 0 if op == "<" else size > 0
            if fails and (found is None or outward(size)[0] > max(map(abs, found.gap))):
                found = Failure(x, outward(left), outward(right), outward(gap))
    return found


def equal(statement: str, a: Node, b: Node, case: Case) -> Verdict:
    """a == b at every x of the domain where both have a value: decided exactly, or by a witness."""
    differences = [part.verified(a).minus(part.verified(b)) for part in case.parts]
    first = [Look(each, (None,) * len(each.pieces), ()) for each in differences]
    identical = all(p.tree is ZERO for each in differences for p in each.pieces)
    failures = [] if identical else _failures(a, b, first, case)
    if not failures:
        looks = [look(each, case.budget.part(_SIGNS_SHARE)) for each in differences]
        if _together(looks) == _ZERO:
            told = "both sides are one function"
            return Verdict(statement, Answer.PROVEN, told, None, (0.0, 0.0))
        failures = _failures(a, b, looks, case)
    if failures:
        return max(failures, key=lambda failure: max(map(abs, failure.gap))).verdict(statement)
    told = "neither an identity nor an x at which the sides differ is found"
    return Verdict(statement, Answer.UNDECIDED, told)


def _failures(a: Node, b: Node, looks: Sequence[Look], case: Case) -> list[Failure]:
    return [w for each in looks if (w := _fails_at(a, b, "==", each, case)) is not None]
