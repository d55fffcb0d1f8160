"""Tables in formula text: read, written, read again, and errors that show the place."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import actx
from actx.core.errors import FormulaError
from actx.language.syntax import parse
from actx.language.text import to_text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{0: 0, 1: 0.76}(x)", "{0: 0, 1: 0.76}"),
        ("{0: 0, 1: 0.76}", "{0: 0, 1: 0.76}"),
        ("2*{-1: 0, 1/3: 2}(x/2)", "2*{-1: 0, 1/3: 2}(x/2)"),
        ("x*{−3: 0, 3: 1}(x)", "x*{-3: 0, 3: 1}"),
        ("2{0: 1, 1: 2}", "2*{0: 1, 1: 2}"),
        ("{0;0:0,1;1:1}(tanh(x))", "{0: 0, 1: 1}(tanh(x))"),
        ("{0; 0: 0, 1, 1/7; 1: 1}", "{0; 0: 0, 1, 1/7; 1: 1}"),
        ("{-1: 1, 0: 0, 1: 2}'(2x)", "{0; -1: -1; 0: 2; 1: 0}(2*x)"),
        ("diff({-1: 1, 0: 0, 1: 2})", "{0; -1: -1; 0: 2; 1: 0}"),
        ("{0: 1, 1: 2}(0.5) + a*{0: 1, 1: 2}(b*x)", "{0: 1, 1: 2}(0.5) + a*{0: 1, 1: 2}(b*x)"),
        (r"\frac{1}{x} + x^{2}", "1/x + x^2"),
    ],
)
def test_read_and_written(text: str, written: str) -> None:
    tree = parse(text)
    assert to_text(tree) == written
    assert parse(written) is tree
    assert pickle.loads(pickle.dumps(tree)) is tree


@pytest.mark.parametrize(
    ("text", "problem", "at"),
    [
        ("{0: 0}", "two points at least", 5),
        ("{0: 1, 0: 2}", "rising x", 7),
        ("{0: 1, 1: x}", "numbers, such as", 10),
        ("{0: 1, 1: 2", "'}'", 11),
        ("{0: 1, 1}", "y of this point", 8),
        ("{0; 1: 2; 1: 3}", "rise", 10),
        ("{0; }", "was expected", 4),
        ("{0: 1, 1e-300: 1e300}", "too steeply", 0),
        ("{0: 1, 1: 1/0}", "divides by zero", 11),
    ],
)
def test_what_is_wrong_and_where(text: str, problem: str, at: int) -> None:
    with pytest.raises(FormulaError) as found:
        parse(text)
    message, _, caret = str(found.value).split("\n")
    assert problem in message
    assert caret.index("^") - 4 == at


def test_values_are_those_of_numpy_and_exact_at_the_knots() -> None:
    rng = np.random.default_rng(5)
    xs = np.unique(np.round(rng.normal(size=200), 3))
    ys = np.round(rng.normal(size=xs.size), 4)
    text = "{" + ", ".join(f"{x}: {y}" for x, y in zip(xs, ys, strict=True)) + "}"
    line = actx.formula(text)
    places = np.concatenate([rng.uniform(-5, 5, 2000), [-np.inf, np.inf]])
    np.testing.assert_allclose(line(places), np.interp(places, xs, ys), rtol=1e-11, atol=1e-12)
    halves = np.arange(-8, 9) / 4
    exact = actx.formula(
        "{" + ", ".join(f"{x}: {y}" for x, y in zip(halves, ys, strict=False)) + "}"
    )
    np.testing.assert_array_equal(exact(halves), ys[: halves.size])


def test_a_table_too_long_for_a_formula_is_abridged_in_text() -> None:
    from fractions import Fraction

    from actx.arithmetic.tables import Table
    from actx.language.tree import X, lookup

    tree = lookup(Table.broken_line([(Fraction(n), Fraction(n * n)) for n in range(5000)]), X)
    assert to_text(tree) == "{0: 0, 1: 1, 2: 4, …, 4997: 24970009, 4998: 24980004, 4999: 24990001}"


def test_one_table_is_one_piece_of_the_tree() -> None:
    text = "{" + ", ".join(f"{n}: {n % 7}" for n in range(900)) + "}"
    tree = parse(text)
    assert tree.size <= 3
    assert to_text(tree) == text
