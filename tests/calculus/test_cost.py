"""Operation counts against counts made by hand, and the table of weights."""

from __future__ import annotations

import numpy as np
import pytest

import actx
from actx.calculus.cost import Counts, cost, count, is_whole, price
from actx.calculus.values import evaluate
from actx.language.grammar import rule
from actx.language.operations import ARGUMENTS, OPERATIONS
from actx.language.tree import Node, X, node, number, parameter, substitute


def tree(text: str) -> Node:
    return actx.formula(text).tree


# written: each operation as often as it stands there; shared: after common subexpressions
BY_HAND = {
    "x": (Counts(), Counts()),
    "3": (Counts(), Counts()),
    "2x + 1": (Counts(adds=1, multiplies=1),) * 2,
    "exp(x)*(exp(x) + 2)": (
        Counts(adds=1, multiplies=1, calls=2),
        Counts(adds=1, multiplies=1, calls=1),
    ),
    "x*(e^x*(e^x + 2)/(e^x*(e^x + 2) + 2))": (  # Mish with one exponential
        Counts(adds=3, multiplies=3, divides=1, calls=4),
        Counts(adds=2, multiplies=2, divides=1, calls=1),
    ),
    "x*tanh(softplus(x))": (Counts(adds=1, multiplies=1, calls=3, branches=1, signs=2),) * 2,
    "x.Relu5(x+3)/5": (Counts(adds=1, multiplies=1, divides=1, branches=2),) * 2,
    "x.Relu4(x+3)/4": (Counts(adds=1, multiplies=2, branches=2),) * 2,  # 1/4 is exact
    "x*sigmoid(x)": (Counts(adds=1, multiplies=1, divides=1, calls=1, signs=1),) * 2,
    "x^3": (Counts(multiplies=2),) * 2,
    "x^7": (Counts(multiplies=4),) * 2,
    "x^-2": (Counts(multiplies=1, divides=1),) * 2,
    "x^0.5 + sqrt(x)": (Counts(adds=1, roots=2),) * 2,
    "e^x": (Counts(calls=1),) * 2,
    "2^x": (Counts(calls=1, multiplies=1),) * 2,
    "x^x": (Counts(calls=1),) * 2,
    "x if x > 0 else 0.01x": (Counts(multiplies=1, branches=2),) * 2,
    "sin(1)*x + sqrt(2/pi)": (Counts(adds=1, multiplies=1),) * 2,
    "tanh(a*b)*x": (Counts(multiplies=1),) * 2,  # parameters are numbers when the code runs
    "2*(3*x)": (Counts(multiplies=2), Counts(multiplies=1)),
    "(x+1)^2 + 1/(x+1)": (
        Counts(adds=3, multiplies=1, divides=1),
        Counts(adds=2, multiplies=1, divides=1),
    ),
}


@pytest.mark.parametrize("text", BY_HAND)
def test_counts_made_by_hand(text: str) -> None:
    found = count(tree(text))
    assert (found.written, found.shared) == BY_HAND[text]


def test_one_shared_node_is_counted_as_often_as_it_is_written() -> None:
    """((x·x)·(x·x))·… written out has 2^n - 1 products, and n when squares are shared."""
    square = tree("x")
    for _ in range(10):
        square = square * square
    assert count(square).written.multiplies == 2**10 - 1
    assert count(square).shared.multiplies == 10


def test_the_cost_is_the_sum_of_the_weights() -> None:
    of = {name: row.cost[1] for name, row in OPERATIONS.items() if row.cost is not None}
    assert cost(tree("x*tanh(x) + 1")) == of["mul"] + of["tanh"] + of["add"]
    assert cost(tree("sigmoid(x)")) == of["exp"] + of["div"] + of["add"] + of["neg"]
    assert cost(tree("2 + pi")) == 0


def test_cheap_forms_are_cheaper() -> None:
    assert cost(tree("relu(x)")) < cost(tree("hard_mish(x)")) < cost(tree("swish(x)"))
    assert cost(tree("mish_one_exp(x)")) < cost(tree("mish(x)")) / 3


FORMED = {  # counted and weighed by hand in the form in which code computes them
    "sech": (Counts(divides=1, calls=1), 5 + 26),
    "sigmoid": (Counts(adds=1, divides=1, calls=1, signs=1), 1 + 5 + 24),
    "softplus": (Counts(adds=1, calls=2, branches=1, signs=2), 1 + 35 + 24 + 1 + 1),
    "clip": (Counts(branches=2), 2),
    "heaviside": (Counts(adds=1, multiplies=1, branches=2), 1 + 1 + 2),
    "square": (Counts(multiplies=1), 1),
    "cube": (Counts(multiplies=2), 2),
    "rsqrt": (Counts(divides=1, roots=1), 5 + 7),
    "logb": (Counts(divides=1, calls=2), 5 + 25 + 25),
    "sinc": (Counts(divides=1, calls=1, branches=2), 5 + 24 + 1 + 1),
    "coth": (Counts(divides=1, calls=1), 5 + 50),
    "mish_gate": (Counts(adds=1, calls=3, branches=1, signs=2), 1 + 35 + 24 + 1 + 1 + 50),
    "times_mish_gate": (
        Counts(adds=1, multiplies=1, calls=3, branches=1, signs=2),
        1 + 35 + 24 + 1 + 1 + 50 + 1,
    ),
    "times_normcdf": (Counts(multiplies=2, divides=1, calls=1, signs=1), 50 + 2 + 5),
    "times_sigmoid": (Counts(adds=1, multiplies=1, divides=1, calls=1, signs=1), 1 + 1 + 5 + 24),
    "softsign": (Counts(adds=1, divides=1, signs=1), 1 + 5 + 1),
    "logsigmoid": (Counts(adds=1, calls=2, branches=1, signs=4), 1 + 35 + 24 + 1 + 1),
    "logaddexp": (Counts(adds=2, calls=2, branches=1, signs=2), 2 + 35 + 24 + 1 + 1),
    "normpdf": (Counts(multiplies=2, divides=1, calls=1, signs=1), 24 + 1 + 1 + 5),
    "normcdf": (Counts(multiplies=1, divides=1, calls=1, signs=1), 50 + 1 + 5),
    "root_sum": (
        Counts(adds=3, multiplies=2, divides=1, roots=1, branches=1, signs=1),
        3 + 2 + 5 + 7 + 1 + 1,
    ),
}


def test_every_operation_has_a_weight() -> None:
    assert {name for name, row in OPERATIONS.items() if row.cost is None} == FORMED.keys()
    for name in OPERATIONS:
        counts, weight = price(name)
        assert counts.total >= 1
        assert weight > 0 or name == "neg"
        if name in FORMED:
            assert (counts, weight) == FORMED[name]


@pytest.mark.parametrize(
    "name", [name for name, row in OPERATIONS.items() if row.form and not row.is_condition]
)
def test_a_form_that_is_counted_is_the_operation(name: str) -> None:
    places = dict(zip(ARGUMENTS, (X, number(-1.5), number(2.5)), strict=True))
    form = substitute(
        rule(str(OPERATIONS[name].form)), {parameter(n): v for n, v in places.items()}
    )
    arity = OPERATIONS[name].arity
    points = np.array([-3.0, -0.5, 0.5, 3.0]) if name != "root_sum" else np.array([1.5, -2.0])
    expected = evaluate(node(name, *list(places.values())[:arity]), points)
    assert evaluate(form, points) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", ["mish", "hard-mish", "mish-one-exp"])
def test_show_reports_the_count(name: str) -> None:
    assert actx.show(name, budget=None).operations == count(actx.formula(name).bound)


def test_two_to_a_whole_number_is_cheap() -> None:
    """It is the bits of an exponent: by tests/benchmarks/weights.py three additions."""
    whole, other = (count(actx.formula(t).tree).cost for t in ("exp2(floor(x))", "exp2(x)"))
    assert whole == 5
    assert other == 25
    assert is_whole(actx.formula("-floor(x) + 2*round(x/3)").tree)
    assert not is_whole(actx.formula("floor(x)/2").tree)


def test_remainders_by_a_power_of_two_are_cheap() -> None:
    """u - v*floor(u/v) loses nothing then; else C's fmod divides by parts."""
    costs = {v: count(actx.formula(f"mod(x, {v})").tree).cost for v in (1, 2, 3)}
    assert costs == {1: 3, 2: 5, 3: 650}
