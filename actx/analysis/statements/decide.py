"""Statements about formulas, read and decided (`actx prove`).

max|F| < c, max(F) < c, min(F) > c (supremum and infimum over the domain), A <= B and A == B at
every x, chains and conjunctions of those, and properties of one function (F is increasing, F is
C1); each with a domain of its own (on LO:HI, for x >= c).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from actx.analysis.results import Answer, Verdict
from actx.analysis.statements.case import Case
from actx.analysis.statements.inequalities import OPPOSITE, equal, extreme, ordered
from actx.analysis.statements.properties import (
    bounded,
    convex,
    least_at,
    lipschitz,
    monotone,
    symmetric,
)
from actx.analysis.statements.smoothness import smooth
from actx.calculus.formula import Formula
from actx.core.domain import WHOLE_LINE, Domain, parse_domain
from actx.core.errors import UsageError
from actx.language.operations import COMPARISONS
from actx.language.syntax import parse_condition
from actx.language.tokens import fail
from actx.language.tree import ZERO, Node

_BARS = re.compile(
    r"\s*(?:max|sup)\s*\|(?P<body>.*)\|\s*(?P<op><=|>=|==|<|>|≤|≥)(?P<bound>[^|]*)\Z", re.S
)
_EXTREME = re.compile(r"\s*(?P<which>max|min|sup|inf)\s*\(", re.I)
_WORDED = re.compile(r"(?P<body>.*?)\b(?:is|has)\b\s*(?P<what>.*)\Z", re.S | re.I)
_AND = re.compile(r"\s+and\s+(?:(?:is|has)\s+)?", re.I)
_END = r"[-+−]?(?:[\d.]+(?:e[-+]?\d+)?|inf|∞)"
_ORDER = r"<=|>=|≤|≥|<|>"
_DOMAINS = [
    re.compile(rf"(?P<text>.*)\s{form}\s*\Z", re.S | re.I)
    for form in (
        r"(?:on|for\s+x\s+in)\s+(?P<ends>[-+−∞.\d\sinfe]*:[-+−∞.,:\d\sinfe]*)",
        rf"for\s+x\s*(?P<op>{_ORDER})\s*(?P<end>{_END})",
        rf"for\s+(?P<lo>{_END})\s*(?P<first><=|≤|<)\s*x\s*(?P<second><=|≤|<)\s*(?P<hi>{_END})",
        r"for\s+(?:all|every|any)\s+x",
    )
]
_EXPECTED = (
    "A statement is of the form max|F| < c, max(F) < c, min(F) > c, F <= G, F == G, or F is … "
    "(increasing, convex, odd, C1, …), where F and G are formulas and c is a number."
)
_SPELLED = {"≤": "<=", "≥": ">="}

Deciding = Callable[[str, Node, re.Match[str], Case], Verdict]


def decide(statement: str, case: Case) -> Verdict:
    """The verdict on a statement. Raises UsageError or FormulaError for one that cannot be read."""
    text, case = _placed(statement, case)
    found = _decided(text, case)
    return replace(found, statement=statement, domain=case.domain.ends, budget=case.budget.seconds)


def _placed(statement: str, case: Case) -> tuple[str, Case]:
    """The statement without the domain that it names, and the case on that."""
    match = next((m for form in _DOMAINS if (m := form.match(statement)) is not None), None)
    if match is None:
        return statement, case
    known = match.groupdict()
    outside: set[float] = set()
    if known.get("op"):
        upwards = known["op"] in (">", ">=", "≥")
        named = parse_domain(f"{known['end']}:" if upwards else f":{known['end']}")
        if known["op"] in "<>":
            outside.add(named.lo if upwards else named.hi)
    elif known.get("lo"):
        named = parse_domain(f"{known['lo']}:{known['hi']}")
        outside |= {named.lo} if known["first"] == "<" else set()
        outside |= {named.hi} if known["second"] == "<" else set()
    else:
        named = parse_domain(known["ends"]) if known.get("ends") else WHOLE_LINE
    parts = [(part.lo, part.hi) for part in named.within(case.domain)]
    if not parts:
        raise UsageError(f"The statement is about {named}, where the domain {case.domain} is not.")
    domain = Domain.of(parts[0] if len(parts) == 1 else parts)
    return match["text"], replace(case, domain=domain, outside=frozenset(outside))


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
    worded = _WORDED.match(statement)
    if worded is not None:
        return _worded(statement, worded, case)
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
        return _all([_everywhere(statement, part, case) for part in condition.args])
    symbols = {o.name: symbol for symbol, o in COMPARISONS.items()}
    op = symbols.get(condition.op)
    if op not in OPPOSITE:
        raise UsageError(f"Only <, <=, >, >= and == can be proven, joined by `and`. {_EXPECTED}")
    a, b = (case.bind(Formula(statement, side)) for side in condition.args)
    if op == "==":
        return equal(statement, a, b, case)
    if ">" in op:
        a, b, op = b, a, OPPOSITE[op]
    return ordered(statement, a, b, op, case)


def _all(verdicts: list[Verdict]) -> Verdict:
    """The verdict on all of several statements."""
    for answer in (Answer.DISPROVEN, Answer.UNDECIDED):
        for verdict in verdicts:
            if verdict.answer is answer:
                return verdict
    return verdicts[-1]


# --- properties ---


def _worded(statement: str, match: re.Match[str], case: Case) -> Verdict:
    """F is …, or several such properties joined by `and`."""
    decisions: list[tuple[Deciding, re.Match[str]]] = []
    at = match.start("what")
    for what in _AND.split(match["what"]):
        place = statement.index(what, at)
        known = ((form.fullmatch(what.strip()), decide) for form, decide in _PROPERTIES)
        found = next(((decide, m) for m, decide in known if m is not None), None)
        if found is None:
            fail(statement, place, f"A property was expected here: {_NAMES}.")
        decisions.append(found)
        at = place + len(what)
    tree = case.formula(match["body"])
    return _all([decide(statement, tree, m, case) for decide, m in decisions])


def _order(what: str) -> int | None:
    """The order up to which derivatives are to be continuous; None for all."""
    name = re.sub(r"\s+", "", what).lower()
    orders = {"c∞": None, "cinf": None, "continuous": 0, "smooth": 1}
    return orders[name] if name in orders else int(name[1:])


def _is_monotone(statement: str, tree: Node, m: re.Match[str], case: Case) -> Verdict:
    way = m["way"].lower().replace("-", "")
    direction = {"increasing": 1, "nondecreasing": 1}.get(way, -1)
    return monotone(statement, tree, direction, bool(m["strictly"]), case)


def _is_bounded(statement: str, tree: Node, m: re.Match[str], case: Case) -> Verdict:
    return bounded(statement, tree, _constant(m["c"], case) if m["c"] else None, case)


def _is_lipschitz(statement: str, tree: Node, m: re.Match[str], case: Case) -> Verdict:
    return lipschitz(statement, tree, _constant(m["before"] or m["c"], case), case)


def _has_extremum(statement: str, tree: Node, m: re.Match[str], case: Case) -> Verdict:
    sign = 1 if m["which"].lower() == "min" else -1
    return least_at(statement, tree, _constant(m["c"], case), sign, case)


_PROPERTIES: tuple[tuple[re.Pattern[str], Deciding], ...] = tuple(
    (re.compile(form, re.S | re.I), decision)
    for form, decision in (
        (
            r"C\s*(?:\d{1,2}|∞|inf)|continuous|smooth",
            lambda text, f, m, case: smooth(text, f, _order(m[0]), case),
        ),
        (
            r"(?P<strictly>strictly\s+)?(?:monotonically\s+)?"
            r"(?P<way>increasing|decreasing|non-?decreasing|non-?increasing)",
            _is_monotone,
        ),
        (
            r"convex|concave",
            lambda text, f, m, case: convex(text, f, 1 if m[0].lower() == "convex" else -1, case),
        ),
        (
            r"odd|even",
            lambda text, f, m, case: symmetric(text, f, 1 if m[0].lower() == "even" else -1, case),
        ),
        (r"bounded(?:\s+by\s+(?P<c>.+))?", _is_bounded),
        (
            r"(?:(?P<before>[\d.]+)-)?lipschitz(?:\s+continuous)?(?(before)|"
            r"(?:\s+with(?:\s+constant)?)?\s+(?P<c>.+))",
            _is_lipschitz,
        ),
        (
            r"(?:(?:its|a|the)\s+)?(?P<which>min|max)(?:imum)?\s+at\s+(?:x\s*=\s*)?(?P<c>.+)",
            _has_extremum,
        ),
    )
)
_NAMES = (
    "increasing, decreasing (both not strictly, unless that is said), convex, concave, odd, even, "
    "bounded by c, Lipschitz with c, C1, continuous or smooth, or has its minimum (or maximum) at c"
)
