"""MathML: each operation is set, and what is set means what the tree means.

A reader of presentation MathML, written here from what the notation means and without the printer,
turns a formula back into text; actx's parser reads it, and both must have the same values.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, tostring

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import actx
from actx.calculus.values import evaluate
from actx.language.operations import OPERATIONS
from actx.language.tree import Node, X, node, number
from actx.present.mathml import to_mathml

NAMES = {
    "ln": "log",
    "sgn": "sign",
    "arctan": "atan",
    "arcsin": "asin",
    "arccos": "acos",
    "e": "e",
    "π": "pi",
}
SIGNS = {
    "−": "-",
    "·": "*",
    "\u2062": "*",
    "∧": " and ",
    "∨": " or ",
    "¬": " not ",
    "≤": "<=",
    "≥": ">=",
    "=": "==",
    "≠": "!=",
}
CORE = {"math", "mrow", "mi", "mn", "mo", "mfrac", "msup", "msub", "msqrt", "mroot", "mtable",
        "mtr", "mtd", "mtext"}  # fmt: skip


def read(element: Element) -> str:
    """The text of one element."""
    children = list(element)
    match element.tag:
        case "mi" | "mn" | "mo" | "mtext":
            text = (element.text or "").replace("\u00a0", " ")
            return SIGNS.get(text, NAMES.get(text, text))
        case "mfrac":
            return f"(({read(children[0])})/({read(children[1])}))"
        case "msup":
            return f"(({read(children[0])})^({read(children[1])}))"
        case "msub":
            return read(children[0]) + read(children[1])
        case "msqrt":
            return f"sqrt({row(children)})"
        case "mroot":
            assert read(children[1]) == "3"
            return f"cbrt({read(children[0])})"
        case "mrow" if element.get("class") == "cases":
            return cases(children[1])
    return row(children)


def row(children: Sequence[Element]) -> str:
    """Elements beside each other; what is between two upright lines is a size."""
    if [c.text for c in (children[0], children[-1])] == ["|", "|"]:
        return f"abs({row(children[1:-1])})"
    return "".join(map(read, children))


def cases(table: Element) -> str:
    text = ""
    for line in reversed(list(table)):
        value, condition = (row(list(cell)) for cell in line)
        text = (
            f"({value})"
            if condition == "otherwise"
            else f"({value}) if {condition[3:]} else ({text})"
        )
    return f"({text})"


def same(tree: Node) -> None:
    """Whether the formula means the same after a way through MathML."""
    made = to_mathml(tree)
    assert {element.tag for element in made.iter()} <= CORE
    again = actx.formula(read(made)).bound
    x = np.linspace(-2.9, 3.1, 61)
    assert evaluate(again, x) == pytest.approx(evaluate(tree, x), rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if o.is_function])
def test_functions(name: str) -> None:
    places = "x + 2", "x/2 - 1", "1.5"
    same(actx.formula(f"2*{name}({', '.join(places[: OPERATIONS[name].arity])})^2").bound)


@pytest.mark.parametrize(
    "text",
    [
        "x - (1 - x)", "x - (x + 1)", "(x + 1)*(x - 1)", "x/(x + 4)/2", "x/(2/(x + 4))", "2*3*x",
        "2*0.5^x", "2x*sigmoid(1.25x)", "-x*exp(-x/2)", "(-x)^2", "-x^2", "x - -x", "x*-2",
        "-(x*2)", "-(x + 1)", "2^(x^2)", "(2^x)^2", "e^x", "1/3*x", "2/3", "-2/3*x", "1e-9*x",
        "2.5e-12", "x/pi", "1 - (-2)", "2*(x if x > 0 else 3x)", "Relu5(x+3)/5", "clip(x, -1, 1)",
        "clip(x, 0, x + 4)", "abs(x)*abs(x - 1)", "abs(abs(x) - 1)", "sqrt(x^2 + 1)",
        "expm1(x)*2", "1 - expm1(x)", "log1p(exp(x))",
    ],
)  # fmt: skip
def test_brackets(text: str) -> None:
    same(actx.formula(text).bound)


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
def test_comparisons(sign: str) -> None:
    same(actx.formula(f"x if x^2 {sign} 1 else 3").bound)


@pytest.mark.parametrize(
    "condition",
    ["x < 0 or x > 1 and x < 2", "(x < 0 or x > 1) and x < 2", "not x < 0", "not (x < 0 or x > 2)"],
)
def test_conditions(condition: str) -> None:
    same(actx.formula(f"x if {condition} else 3").bound)


def test_cases_within_cases() -> None:
    same(actx.formula("1 if x < -1 else x if x < 1 else 2x").bound)
    same(actx.formula("(1 if x < -1 else x) if x < 1 else 2x").bound)
    made = to_mathml(actx.formula("1 if x < -1 else x if x < 1 else 2x").bound)
    assert len(made.findall(".//mtable")) == 1
    assert len(made.findall(".//mtr")) == 3


def test_parameters_are_letters() -> None:
    written = tostring(to_mathml(actx.formula("aptx").tree), encoding="unicode")
    assert all(f"<mi>{letter}</mi>" in written for letter in "αβγ")


@pytest.mark.parametrize("name", [entry.name for entry in actx.load_registry().entries])
def test_the_registry(name: str) -> None:
    same(actx.formula(name).bound)


LEAVES = st.sampled_from([X, X, number(2), number(-3), number(0.25), number(1)])


def _is_somewhere_not_0(tree: Node) -> bool:
    """Whether a tree may be divided by, which a reader refuses for a constant 0."""
    with np.errstate(all="ignore"):
        return bool(np.any(evaluate(tree, np.linspace(-2.9, 3.1, 61))))


def _trees(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    two = st.sampled_from(["add", "sub", "mul", "min"])
    return st.one_of(
        st.builds(node, two, children, children),
        st.builds(node, st.just("div"), children, children.filter(_is_somewhere_not_0)),
        st.builds(node, st.sampled_from(["neg", "abs", "relu", "sigmoid", "tanh"]), children),
        st.builds(lambda u: node("pow", u, number(2)), children),
        st.builds(lambda u, v: node("where", node("lt", u, v), v, u), children, children),
    )


@settings(deadline=None, max_examples=150)
@given(st.recursive(LEAVES, _trees, max_leaves=8))
def test_any_tree(tree: Node) -> None:
    with np.errstate(all="ignore"):
        same(tree)
