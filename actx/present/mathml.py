"""Formula trees to MathML Core, one rule for each operation.

https://www.w3.org/TR/mathml-core/ ; what it means is written as in a textbook: a fraction for a
quotient, e raised to a power for exp, cases in a brace for a piecewise formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, SubElement

from actx.language.operations import (
    AND,
    ATOM,
    COMPARISON,
    CONDITIONAL,
    NOT,
    OR,
    POWER,
    PRODUCT,
    SUM,
)
from actx.language.text import clipped_at, number_text
from actx.language.tokens import GREEK
from actx.language.tree import CONSTANT, NUMBER, PARAMETER, Node, as_fraction, walk

DOT, TIMES, APPLY = "⋅", "\u2062", "\u2061"  # the last two are invisible


@dataclass(frozen=True)
class Part:
    """A piece of a formula: elements in a row, how tightly they bind, and how they begin.

    digit: whether it begins with a digit, so that a number before it needs a dot between. minus:
    whether it is a product that begins with a minus sign; it then binds like a sum.
    """

    row: tuple[Element, ...]
    binding: int = ATOM
    digit: bool = False
    minus: bool = False


Rule = Callable[[Node, Sequence[Part]], Part]


def to_mathml(tree: Node) -> Element:
    """The formula as a `math` element in display style; subtrees are written out each time.

    Elements have no namespace, as HTML wants it. MathML Core has no attribute that sets the cells
    of a table to the left: for those of cases a style sheet has to (`math .cases mtd`).
    """
    done: dict[Node, Part] = {}
    for current in walk(tree):
        done[current] = _part(current, [_copy(done[a]) for a in current.args])
    math = Element("math", {"displaystyle": "true"})
    math.append(_group(done[tree]))
    return math


def _part(current: Node, args: list[Part]) -> Part:
    if current.op == NUMBER:
        return _number(current)
    if not current.args:
        name = str(current.value) if current.op in (PARAMETER, CONSTANT) else "x"
        return Part((_leaf("mi", _LETTERS.get(name, name)),))
    return MATHML.get(current.op, _call(current.op))(current, args)


def _copy(part: Part) -> Part:
    """The part with elements of its own: an element has one place in a document."""
    return replace(part, row=tuple(deepcopy(element) for element in part.row))


_LETTERS = {name: letter for letter, name in GREEK.items()} | {"pi": "π"}


# --- building blocks --------------------------------------------------------------------------


def _leaf(kind: str, text: str, **attributes: str) -> Element:
    element = Element(kind, attributes)
    element.text = text
    return element


def _mo(text: str, **attributes: str) -> Element:
    return _leaf("mo", text, **attributes)


def _group(part: Part) -> Element:
    """The part as one element."""
    if len(part.row) == 1:
        return part.row[0]
    row = Element("mrow")
    row.extend(part.row)
    return row


def _of(kind: str, *parts: Part) -> Element:
    """An element that takes one child for each part."""
    element = Element(kind)
    element.extend(_group(part) for part in parts)
    return element


def _fenced(part: Part, left: str = "(", right: str = ")") -> Part:
    row = Element("mrow")
    row.append(_mo(left, fence="true"))
    row.extend(part.row)
    row.append(_mo(right, fence="true"))
    return Part((row,))


def _at_least(part: Part, binding: int) -> Part:
    return part if part.binding >= binding else _fenced(part)


def _number(current: Node) -> Part:
    value = as_fraction(current)
    text, binding = number_text(abs(value))
    if binding == PRODUCT:  # no finite decimal
        top, bottom = (
            Part((_leaf("mn", str(n)),)) for n in (abs(value.numerator), value.denominator)
        )
        size = Part((_of("mfrac", top, bottom),), ATOM, digit=True)
    else:
        mantissa, e, exponent = text.partition("e")
        size = Part((_leaf("mn", mantissa),), ATOM, digit=True)
        if e:
            power = _power(Part((_leaf("mn", "10"),)), _signed(exponent))
            size = Part((*size.row, _mo(DOT), *power.row), PRODUCT, digit=True)
    return _minus(size) if value < 0 else size


def _minus(part: Part) -> Part:
    """The part, a product at least, with a minus sign before it."""
    return Part((_mo("−"), *part.row), SUM, minus=True)


def _signed(digits: str) -> Part:
    if digits.startswith("-"):
        return _minus(Part((_leaf("mn", digits[1:]),)))
    return Part((_leaf("mn", digits),))


def _power(base: Part, exponent: Part) -> Part:
    return Part((_of("msup", base, exponent),), POWER, base.digit)


# --- rules ------------------------------------------------------------------------------------


def _between(sign: str, binding: int, left: int, right: int) -> Rule:
    """a sign b, each side in brackets if it binds less tightly than asked for."""

    def rule(_: Node, args: Sequence[Part]) -> Part:
        a, b = _at_least(args[0], left), _at_least(args[1], right)
        return Part((*a.row, _mo(sign), *b.row), binding, a.digit)

    return rule


def _product(_: Node, args: Sequence[Part]) -> Part:
    """With a dot, but for a number before a letter, a bracket or a root: 2x."""
    a, b = (
        args[0] if args[0].minus else _at_least(args[0], PRODUCT),
        _at_least(args[1], PRODUCT + 1),
    )
    number = [element.tag for element in a.row[a.minus :]] == ["mn"]
    sign = TIMES if number and not b.digit and _is_short(b) else DOT
    return Part((*a.row, _mo(sign), *b.row), SUM if a.minus else PRODUCT, a.digit, a.minus)


def _is_short(part: Part) -> bool:
    """Whether it begins with a single letter, a bracket or a root."""
    first = part.row[0]
    while first.tag in ("mrow", "msup", "msub") and len(first):
        first = first[0]
    return first.tag != "mi" or len(first.text or "") == 1


def _call(name: str) -> Rule:
    def rule(_: Node, args: Sequence[Part]) -> Part:
        return _called(_leaf("mi", name), args)

    return rule


def _called(name: Element, args: Sequence[Part]) -> Part:
    inside: list[Element] = []
    for arg in args:
        inside += [*([_mo(",")] if inside else []), *arg.row]
    return Part((name, _mo(APPLY), *_fenced(Part(tuple(inside))).row))


def _clip(current: Node, args: Sequence[Part]) -> Part:
    """relu with its upper end below it where it is one, as in the formula's text."""
    top = clipped_at(current)
    if top is None:
        return _called(_leaf("mi", "clip"), args)
    name = Element("msub")
    name.extend([_leaf("mi", "relu"), _leaf("mn", top)])
    return _called(name, args[:1])


def _cases(_: Node, args: Sequence[Part]) -> Part:
    """A brace with a line for each case; a where in the second branch gives further lines."""
    condition, chosen, other = args
    table = Element("mtable")
    _line(table, chosen, (_leaf("mtext", "if\u00a0"), *condition.row))
    rows = _rows_of(other)
    if rows is None:
        _line(table, other, (_leaf("mtext", "otherwise"),))
    else:
        table.extend(rows)
    brace = Element("mrow", {"class": "cases"})
    brace.append(_mo("{", fence="true", stretchy="true"))
    brace.append(table)
    return Part((brace,), CONDITIONAL)


def _line(table: Element, value: Part, condition: Sequence[Element]) -> None:
    row = SubElement(table, "mtr")
    for cell in (value.row, condition):
        SubElement(row, "mtd").extend(cell)


def _rows_of(part: Part) -> list[Element] | None:
    brace = part.row[0]
    return list(brace[1]) if brace.get("class") == "cases" and len(part.row) == 1 else None


def _negation(_: Node, args: Sequence[Part]) -> Part:
    return _minus(_at_least(args[0], PRODUCT))


def _exponential(_: Node, args: Sequence[Part]) -> Part:
    return _power(Part((_leaf("mi", "e"),)), args[0])


def _less_one(_: Node, args: Sequence[Part]) -> Part:
    return Part((*_exponential(_, args).row, _mo("−"), _leaf("mn", "1")), SUM)


def _log_of_more(_: Node, args: Sequence[Part]) -> Part:
    inside = Part((_leaf("mn", "1"), _mo("+"), *_at_least(args[0], SUM + 1).row))
    return _called(_leaf("mi", "ln"), [inside])


def _root_sum(_: Node, args: Sequence[Part]) -> Part:
    """u + √(u² + v)."""
    u, v = args
    square = _power(_at_least(_copy(u), ATOM), Part((_leaf("mn", "2"),)))
    root = Element("msqrt")
    root.extend([*square.row, _mo("+"), *_at_least(v, SUM + 1).row])
    return Part((*_at_least(u, SUM).row, _mo("+"), root), SUM, u.digit)


def _comparison(sign: str) -> Rule:
    return _between(sign, COMPARISON, SUM, SUM)


def _word(text: str, binding: int) -> Rule:
    def rule(_: Node, args: Sequence[Part]) -> Part:
        a, b = _at_least(args[0], binding), _at_least(args[1], binding + 1)
        return Part((*a.row, _leaf("mtext", f"\u00a0{text}\u00a0"), *b.row), binding)

    return rule


def _not(_: Node, args: Sequence[Part]) -> Part:
    return Part((_leaf("mtext", "not\u00a0"), *_at_least(args[0], NOT).row), NOT)


MATHML: Mapping[str, Rule] = {
    "add": _between("+", SUM, SUM, SUM + 1),
    "sub": _between("−", SUM, SUM, SUM + 1),
    "mul": _product,
    "div": lambda _, args: Part((_of("mfrac", *args),), ATOM, digit=True),
    "neg": _negation,
    "pow": lambda _, args: _power(_at_least(args[0], ATOM), args[1]),
    "abs": lambda _, args: _fenced(args[0], "|", "|"),
    "relu": _call("relu"),
    "sign": _call("sgn"),
    "min": _call("min"),
    "max": _call("max"),
    "clip": _clip,
    "sqrt": lambda _, args: Part((_of("msqrt", args[0]),)),
    "exp": _exponential,
    "expm1": _less_one,
    "log": _call("ln"),
    "log1p": _log_of_more,
    "sin": _call("sin"),
    "cos": _call("cos"),
    "tanh": _call("tanh"),
    "sinh": _call("sinh"),
    "cosh": _call("cosh"),
    "sech": _call("sech"),
    "atan": _call("arctan"),
    "sigmoid": _call("sigmoid"),
    "softplus": _call("softplus"),
    "erf": _call("erf"),
    "erfc": _call("erfc"),
    "root_sum": _root_sum,
    "lt": _comparison("<"),
    "le": _comparison("≤"),
    "gt": _comparison(">"),
    "ge": _comparison("≥"),
    "eq": _comparison("="),
    "ne": _comparison("≠"),
    "and": _word("and", AND),
    "or": _word("or", OR),
    "not": _not,
    "where": _cases,
}
