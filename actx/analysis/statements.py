"""Statements about formulas, read and decided (`actx prove`).

max|F| < c, max(F) < c, min(F) > c (supremum and infimum over the domain), A <= B at every x, chains
and conjunctions of those, and F is C1 (continuous, smooth, C∞).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flint import arb, ctx

from actx.analysis.joining import roughest
from actx.analysis.kinks import SMOOTHNESS_ORDER, kinks
from actx.analysis.monotone import monotone
from actx.analysis.proven_kinks import prove_kinks, smooth_at_ends
from actx.analysis.results import Answer, Kink, Verdict
from actx.analysis.supremum import Supremum, supremum
from actx.calculus.formula import Formula, read_formula
from actx.calculus.pieces import Piecewise, pieces
from actx.calculus.proven.enclose import ball_program, exact_ball, outward
from actx.calculus.proven.pieces import Verified, constant_sign, verify
from actx.core.budget import PRECISION, Budget
from actx.core.domain import Domain
from actx.core.errors import UsageError
from actx.language.library import Library
from actx.language.operations import COMPARISONS
from actx.language.syntax import parse_condition
from actx.language.tree import Node

_BARS = re.compile(
    r"\s*(?:max|sup)\s*\|(?P<body>.*)\|\s*(?P<op><=|>=|<|>|≤|≥)(?P<bound>[^|]*)\Z", re.S
)
_EXTREME = re.compile(r"\s*(?P<which>max|min|sup|inf)\s*\(", re.I)
_SMOOTH = re.compile(
    r"(?P<body>.*)\bis\s+(?P<what>C\s*(?:\d{1,2}|∞|inf)|continuous|smooth)\s*\Z", re.S | re.I
)
_EXPECTED = (
    "A statement is of the form max|F| < c, max(F) < c, min(F) > c, F <= G, or F is C1, where F "
    "and G are formulas and c is a number."
)
_OPPOSITE = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SPELLED = {"≤": "<=", "≥": ">="}

Bind = Callable[[Formula], Node]


@dataclass(frozen=True)
class Case:
    """What a statement is decided with: the domain, the parameters' values, the time.

    The functions are those on an interval; what is asked of all intervals walks over `parts`.
    """

    domain: Domain
    library: Library
    bind: Bind
    budget: Budget

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
        return verify(tree, self.pieces(tree), self.budget)


def decide(statement: str, case: Case) -> Verdict:
    """The verdict on a statement. Raises UsageError or FormulaError for one that cannot be read."""
    found = _decided(statement, case)
    return replace(found, domain=case.domain.ends, budget=case.budget.seconds)


def _decided(statement: str, case: Case) -> Verdict:
    bars = _BARS.match(statement)
    if bars is not None:
        op = _SPELLED.get(bars["op"], bars["op"])
        tree = case.formula(bars["body"])
        return _extreme(statement, tree, 0, op, _constant(bars["bound"], case), case)
    extreme = _single_extreme(statement)
    if extreme is not None:
        which, body, op, bound = extreme
        sign = 1 if which in ("max", "sup") else -1
        return _extreme(statement, case.formula(body), sign, op, _constant(bound, case), case)
    smooth = _SMOOTH.match(statement)
    if smooth is not None:
        return _smoothness(statement, case.formula(smooth["body"]), smooth["what"], case)
    return _everywhere(statement, parse_condition(statement, case.library), case)


def _single_extreme(statement: str) -> tuple[str, str, str, str] | None:
    """max(F) op c with one argument, which no formula of the language is."""
    match = _EXTREME.match(statement)
    if match is None:
        return None
    depth, commas = 1, 0
    for i in range(match.end(), len(statement)):
        depth += {"(": 1, ")": -1}.get(statement[i], 0)
        commas += statement[i] == "," and depth == 1
        if depth == 0:
            rest = re.match(r"\s*(<=|>=|<|>|≤|≥)(.*)\Z", statement[i + 1 :], re.S)
            if commas or rest is None:
                return None
            op = _SPELLED.get(rest[1], rest[1])
            return match["which"].lower(), statement[match.end() : i], op, rest[2]
    return None


def _constant(text: str, case: Case) -> Node:
    tree = case.formula(text)
    if not tree.constant:
        raise UsageError(f"{text.strip()!r} is not a number. {_EXPECTED}")
    return tree


# --- suprema ---


def _extreme(statement: str, tree: Node, sign: int, op: str, bound: Node, case: Case) -> Verdict:
    """A bound on max|F| (sign 0), max F (1) or min F (-1)."""
    functions = [part.verified(tree) for part in case.parts]
    found = _largest(functions, sign, case.budget)
    with ctx.workprec(PRECISION):
        level = ball_program(bound, precision=PRECISION)(exact_ball(0))[0]
    if sign < 0:  # min F > c is max(-F) < -c
        level, op = -level, _OPPOSITE[op]
    enclosure = (found.lo, found.hi) if sign >= 0 else (-found.hi + 0.0, -found.lo + 0.0)
    exact = all(function.exact for function in functions)
    answer = _compared(found, op, level) if exact else Answer.UNDECIDED
    name = {0: "max|F|", 1: "max F", -1: "min F"}[sign]
    detail = f"{name} lies in {_shown(enclosure)}"
    witness = found.at if answer is Answer.DISPROVEN else None
    return Verdict(statement, answer, detail, witness, enclosure)


def _largest(functions: Sequence[Verified], sign: int, budget: Budget) -> Supremum:
    """The supremum over all intervals, on each of which a function is given."""
    found = [supremum(function, sign, _turning(function), budget) for function in functions]
    best = max(found, key=lambda each: each.lo)
    sites = tuple(site for each in found for site in each.sites)
    proven = all(each.proven for each in found)
    return replace(best, hi=max(each.hi for each in found), proven=proven, sites=sites)


def _turning(function: Verified) -> list[float]:
    return [float(s.lo) for s in monotone(Piecewise(function.pieces))]


def _compared(found: Supremum, op: str, level: arb) -> Answer:
    lo, hi = exact_ball(found.lo), exact_ball(found.hi)
    holds = {
        "<": (hi < level, lo >= level),
        "<=": (hi <= level, lo > level),
        ">": (lo > level, hi <= level),
        ">=": (lo >= level, hi < level),
    }[op]
    if holds[0]:
        return Answer.PROVEN
    return Answer.DISPROVEN if holds[1] else Answer.UNDECIDED


def _shown(enclosure: tuple[float, float]) -> str:
    lo, hi = enclosure
    return f"[{lo:.17g}, {hi:.17g}]"


# --- at every x ---


def _everywhere(statement: str, condition: Node, case: Case) -> Verdict:
    """A comparison, or several joined by `and`, at every x of the domain."""
    if condition.op == "and":
        verdicts = [_everywhere(statement, part, case) for part in condition.args]
        for answer in (Answer.DISPROVEN, Answer.UNDECIDED):
            for verdict in verdicts:
                if verdict.answer is answer:
                    return verdict
        return verdicts[-1]
    symbols = {o.name: symbol for symbol, o in COMPARISONS.items()}
    op = symbols.get(condition.op)
    if op not in _OPPOSITE:
        raise UsageError(f"Only <, <=, > and >= can be proven, joined by `and`. {_EXPECTED}")
    a, b = (case.bind(Formula(statement, side)) for side in condition.args)
    if op in (">", ">="):
        a, b, op = b, a, _OPPOSITE[op]
    differences = [part.verified(a).minus(part.verified(b)) for part in case.parts]
    found = _largest(differences, 1, case.budget)
    exact = all(difference.exact for difference in differences)
    enclosure = (found.lo, found.hi)
    detail = f"the largest left - right side lies in {_shown(enclosure)}"
    if exact and (found.hi < 0 or (op == "<=" and found.hi <= 0)):
        return Verdict(statement, Answer.PROVEN, detail, None, enclosure)
    if op == "<" and exact and all(_is_negative(each, case.budget) for each in differences):
        detail = f"{detail}, approached and never reached"
        return Verdict(statement, Answer.PROVEN, detail, None, enclosure)
    failures = [w for each in differences if (w := _fails_at(a, b, op, each)) is not None]
    if failures:
        x, gap = max(failures, key=lambda failure: failure[1][0])
        told = f"there left - right side lies in {_shown(gap)}"
        return Verdict(statement, Answer.DISPROVEN, told, x, enclosure)
    return Verdict(statement, Answer.UNDECIDED, detail, None, enclosure)


def _is_negative(function: Verified, budget: Budget) -> bool:
    """Whether a function is proven to be below 0 at every x, though it may come near."""
    with ctx.workprec(PRECISION):
        if not all(joint.value() < 0 for joint in function.joints):
            return False
    return all(constant_sign(p.tree, p.lo, p.hi, budget) == -1 for p in function.pieces)


def _fails_at(
    a: Node, b: Node, op: str, difference: Verified
) -> tuple[float, tuple[float, float]] | None:
    """An x at which a op b is proven to fail, with an enclosure of a - b there."""
    places = [p.inside for p in difference.pieces]
    places += [*_turning(difference), *(float(x) for j in difference.joints for x in (j.lo, j.hi))]
    beside = [
        x + step for x in places if math.isfinite(x) for step in (0.0, 1e-6, -1e-6, 1.0, -1.0)
    ]
    found = None
    with ctx.workprec(PRECISION):
        program = ball_program(a, b, precision=PRECISION)
        for x in beside:
            if not difference.lo <= x <= difference.hi:
                continue
            left, right = program(exact_ball(x))
            gap = left - right
            fails = gap > 0 if op == "<=" else gap >= 0
            if fails and (found is None or outward(gap)[0] > found[1][0]):
                found = (x, outward(gap))
    return found


# --- smoothness ---


def _smoothness(statement: str, tree: Node, what: str, case: Case) -> Verdict:
    order = _order(what)
    top = SMOOTHNESS_ORDER if order is None else order
    looks = [_look(tree, top, part) for part in case.parts]
    smoothness = roughest([look.smoothness for look in looks])
    broken = [k for look in looks for k in look.kinks if k.proven and look.verified.exact]
    if broken:
        kink = min(broken, key=lambda k: k.order)
        detail = (
            f"the derivative of order {kink.order} jumps by {kink.jump:.7g}; it is {smoothness}"
        )
        return Verdict(statement, Answer.DISPROVEN, detail, kink.x)
    places = sum(look.breakpoints for look in looks)
    known = all(look.clean and smooth_at_ends(look.verified, order) for look in looks)
    if known and (order is not None or not places):
        jumps = f"no derivative up to order {top} jumps at its {places} breakpoints"
        detail = jumps if places else "it has no breakpoint and no singularity"
        return Verdict(statement, Answer.PROVEN, detail)
    return Verdict(statement, Answer.UNDECIDED, f"the analysis finds {smoothness}, without a proof")


@dataclass(frozen=True)
class _Look:
    """What is known of the kinks on one interval; clean: that there are none, by proof."""

    verified: Verified
    kinks: tuple[Kink, ...]
    smoothness: str
    breakpoints: int
    clean: bool


def _look(tree: Node, top: int, case: Case) -> _Look:
    function = case.pieces(tree)
    verified = verify(tree, function, case.budget)
    found, smoothness = kinks(function, top)
    proven, undecided = prove_kinks(verified, function, found, top)
    clean = verified.exact and not undecided and not found
    return _Look(verified, proven, smoothness, len(function.breakpoints), clean)


def _order(what: str) -> int | None:
    """The order up to which derivatives are to be continuous; None for all."""
    name = re.sub(r"\s+", "", what).lower()
    orders = {"c∞": None, "cinf": None, "continuous": 0, "smooth": 1}
    return orders[name] if name in orders else int(name[1:])
