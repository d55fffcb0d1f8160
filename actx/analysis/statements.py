"""Statements about formulas, read and decided (`actx prove`).

max|F| < c, max(F) < c, min(F) > c (supremum and infimum over the domain), A <= B and A == B at
every x, chains and conjunctions of those, and F is C1 (continuous, smooth, C∞).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from actx.analysis.case import Case
from actx.analysis.inequalities import OPPOSITE, equal, extreme, ordered
from actx.analysis.joining import roughest
from actx.analysis.kinks import SMOOTHNESS_ORDER, kinks
from actx.analysis.proven_kinks import prove_kinks, smooth_at_ends
from actx.analysis.results import Answer, Kink, Verdict
from actx.calculus.formula import Formula
from actx.calculus.proven.pieces import Verified, verify
from actx.core.errors import UsageError
from actx.language.operations import COMPARISONS
from actx.language.syntax import parse_condition
from actx.language.tree import ZERO, Node

_BARS = re.compile(
    r"\s*(?:max|sup)\s*\|(?P<body>.*)\|\s*(?P<op><=|>=|==|<|>|≤|≥)(?P<bound>[^|]*)\Z", re.S
)
_EXTREME = re.compile(r"\s*(?P<which>max|min|sup|inf)\s*\(", re.I)
_SMOOTH = re.compile(
    r"(?P<body>.*)\bis\s+(?P<what>C\s*(?:\d{1,2}|∞|inf)|continuous|smooth)\s*\Z", re.S | re.I
)
_EXPECTED = (
    "A statement is of the form max|F| < c, max(F) < c, min(F) > c, F <= G, F == G, or F is C1, "
    "where F and G are formulas and c is a number."
)
_SPELLED = {"≤": "<=", "≥": ">="}


def decide(statement: str, case: Case) -> Verdict:
    """The verdict on a statement. Raises UsageError or FormulaError for one that cannot be read."""
    found = _decided(statement, case)
    return replace(found, domain=case.domain.ends, budget=case.budget.seconds)


def _decided(statement: str, case: Case) -> Verdict:
    bars = _BARS.match(statement)
    if bars is not None:
        op = _SPELLED.get(bars["op"], bars["op"])
        tree, bound = case.formula(bars["body"]), _constant(bars["bound"], case)
        if op in ("==", "<=") and bound is ZERO:
            return equal(statement, tree, ZERO, case)
        return extreme(statement, tree, 0, op, bound, case)
    single = _single_extreme(statement)
    if single is not None:
        which, body, op, limit = single
        sign = 1 if which in ("max", "sup") else -1
        return extreme(statement, case.formula(body), sign, op, _constant(limit, case), case)
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
            rest = re.match(r"\s*(<=|>=|==|<|>|≤|≥)(.*)\Z", statement[i + 1 :], re.S)
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
    if op not in OPPOSITE:
        raise UsageError(f"Only <, <=, >, >= and == can be proven, joined by `and`. {_EXPECTED}")
    a, b = (case.bind(Formula(statement, side)) for side in condition.args)
    if op == "==":
        return equal(statement, a, b, case)
    return (
        ordered(statement, b, a, OPPOSITE[op], case)
        if ">" in op
        else ordered(statement, a, b, op, case)
    )


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
