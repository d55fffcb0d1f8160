"""What a fit is required to keep to, read from text.

`f(0) = 0`, `f'(0) = 1`, `f(2) >= 1.9`, `f <= mish`, `f = x for x >= 0`, `min at -1`,
`min value -0.3088`, `continuous`, `smooth`, `C2`. In a requirement f is the template, f' and f''
its derivatives by x.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from actx.core.domain import WHOLE_LINE, Domain
from actx.core.errors import FormulaError, UsageError
from actx.language.constants import constant_value
from actx.language.derivative import derivative
from actx.language.library import Definition, Library
from actx.language.operations import COMPARISONS
from actx.language.syntax import parse, parse_condition
from actx.language.tree import Node, X, number, parameters, replace, simplified, substitute

FUNCTION = "f"
_LONGEST = 60  # characters of a text that a message quotes
HIGHEST_ORDER = 4  # of a derivative in a requirement
_EXPECTED = (
    "A requirement is one of f(0) = 0, f'(0) = 1, f(2) >= 1.9, f <= mish, f = x for x >= 0, "
    "min at -1, min value -0.3088, continuous, smooth, C2."
)
_EXTREME = re.compile(r"(?P<which>min|max)(?:imum)?\s+(?P<what>at|value)\s*=?\s*(?P<number>.+)\Z")
_SMOOTH = re.compile(r"(?:continuous|smooth|c\s*(?P<order>[0-9]))\Z")
_PRIMES = re.compile(r"(?<![A-Za-z_0-9'′])[fF](?P<primes>['′]{1,9})")
_SINGLE_EQUALS = re.compile(r"(?<![<>=!])=(?!=)")


@dataclass(frozen=True)
class Requirement:
    """One requirement.

    text: as it was given. op: "=" or "<=", between `tree` and 0; the tree holds x where the
    requirement is for every x of `domain`. order: continuous derivatives up to it, for a
    requirement of smoothness. extreme: 1 for a minimum, -1 for a maximum whose place (`what` is
    "at") or value is `number`.
    """

    text: str
    op: str = ""
    left: Node | None = None
    right: Node | None = None
    domain: Domain = WHOLE_LINE
    order: int | None = None
    extreme: int = 0
    what: str = ""
    number: float = 0.0


@dataclass(frozen=True)
class _WithTemplate:
    """A library in which f is the template, and f_1, f_2 ... are its derivatives."""

    library: Library
    slots: dict[str, Definition] = field(default_factory=dict)

    def lookup(self, name: str) -> Definition | None:
        return self.slots.get(name) or self.library.lookup(name)

    def names(self) -> Iterable[str]:
        return [*self.slots, *self.library.names()]


def slot(order: int) -> str:
    """The name under which a derivative of the template is called."""
    return f"{FUNCTION}_{order}" if order else FUNCTION


def read_requirements(
    texts: Sequence[str], template: Node, names: Sequence[str], library: Library
) -> tuple[Requirement, ...]:
    """Read requirements on a template with free parameters `names`.

    Raises UsageError and FormulaError for one that cannot be read.
    """
    if texts and FUNCTION in names:
        raise UsageError(
            f"In a requirement {FUNCTION} is the template; give its parameter {FUNCTION} another "
            "name."
        )
    slots = {
        slot(k): Definition(slot(k), derivative(template, k) if k else template, {})
        for k in range(HIGHEST_ORDER + 1 if texts else 0)
    }
    return tuple(_read(text, _WithTemplate(library, slots), names) for text in texts)


def _read(text: str, library: Library, names: Sequence[str]) -> Requirement:
    plain = " ".join(text.split())
    extreme, smooth = _EXTREME.match(plain.lower()), _SMOOTH.match(plain.lower())
    if extreme is not None:
        value = _number(extreme["number"], text, library)
        sign = 1 if extreme["which"] == "min" else -1
        return Requirement(text, extreme=sign, what=extreme["what"], number=value)
    if smooth is not None:
        spelled = {"continuous": 0, "smooth": 1}
        order = spelled[plain.lower()] if plain.lower() in spelled else int(smooth["order"])
        if order > HIGHEST_ORDER:
            _refuse(text, f"smoothness is asked for up to C{HIGHEST_ORDER}.")
        return Requirement(text, order=order)
    return _comparison(text, plain, library, names)


def _refuse(text: str, why: str) -> NoReturn:
    raise UsageError(f"The requirement {shown(text)} cannot be used: {why} {_EXPECTED}")


def shown(text: str) -> str:
    """A requirement's text as a message quotes it."""
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _number(text: str, whole: str, library: Library) -> float:
    tree = parse(text, library)
    value = constant_value(tree) if tree.constant and not parameters(tree) else math.nan
    if not math.isfinite(value):
        _refuse(whole, f"{text.strip()!r} is not a number.")
    return value


def _comparison(text: str, plain: str, library: Library, names: Sequence[str]) -> Requirement:
    body, _, where = (part.strip() for part in plain.partition(" for "))
    spelled = _PRIMES.sub(lambda m: slot(len(m["primes"])), body)
    try:
        tree = parse_condition(_SINGLE_EQUALS.sub("==", spelled), library)
    except FormulaError as error:
        raise UsageError(
            f"The requirement {shown(text)} cannot be read. {_EXPECTED} {error}"
        ) from None
    symbols = {o.name: symbol for symbol, o in COMPARISONS.items()}
    op = symbols.get(tree.op, "")
    if op not in ("==", "<=", "<", ">=", ">"):
        _refuse(text, "it is not one comparison with =, <= or >=.")
    unknown = sorted({n for side in tree.args for n in parameters(side)} - set(names))
    if unknown:
        _refuse(text, f"{', '.join(unknown)} is no name that is known there.")
    left, right = tree.args if op in ("==", "<=", "<") else tree.args[::-1]
    domain = _region(where, text, library) if where else WHOLE_LINE
    return Requirement(text, "=" if op == "==" else "<=", left, right, domain)


def _region(where: str, text: str, library: Library) -> Domain:
    """The domain that `x >= 0` or `-1 <= x <= 1` describes."""
    if where.lower().startswith("all"):
        return WHOLE_LINE
    symbols = {o.name: symbol for symbol, o in COMPARISONS.items()}
    lo, hi, waiting = -math.inf, math.inf, [parse_condition(where, library)]
    while waiting:
        condition = waiting.pop()
        if condition.op == "and":
            waiting += condition.args
            continue
        op = symbols.get(condition.op, "")[:1]
        a, b = condition.args if len(condition.args) == 2 else (X, X)
        if op not in ("<", ">") or (a is X) == (b is X) or not (a.constant or b.constant):
            _refuse(text, f"{where!r} does not say for which x, as x >= 0 or -1 <= x <= 1 does.")
        value = constant_value(b if a is X else a)
        if (op == ">") == (a is X):
            lo = max(lo, value)
        else:
            hi = min(hi, value)
    if not lo < hi:
        _refuse(text, f"no interval of x is left by {where!r}.")
    return Domain(lo, hi)


def difference(requirement: Requirement) -> Node:
    """The tree that is to be 0, or at most 0."""
    assert requirement.left is not None
    assert requirement.right is not None
    return simplified("sub", requirement.left, requirement.right)


def extreme_gap(requirement: Requirement, template: Node) -> Node:
    """The tree that is at most 0 at every x where an extreme of a template is as required."""
    place = number(requirement.number)
    level = place if requirement.what == "value" else replace(template, X, place)
    sides = (level, template) if requirement.extreme > 0 else (template, level)
    return simplified("sub", *sides)


def extreme_slope(requirement: Requirement, template: Node) -> Node:
    """The slope of a template where an extreme is required to be."""
    return replace(derivative(template), X, number(requirement.number))


def bound(requirement: Requirement, values: dict[Node, Node]) -> Requirement:
    """The requirement with trees put in for parameters."""
    if requirement.left is None or requirement.right is None:
        return requirement
    return Requirement(
        requirement.text,
        requirement.op,
        substitute(requirement.left, values, simplified),
        substitute(requirement.right, values, simplified),
        requirement.domain,
    )
