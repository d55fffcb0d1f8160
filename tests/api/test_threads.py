"""A library call leaves nothing behind, and gives the same from any number of threads."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import flint
import numpy as np
import pytest

import actx
from actx.core.alone import alone
from actx.core.errors import ActxError
from actx.core.views import Shown
from actx.language.syntax import parse

CANDIDATES = ["hard-mish", "approx-mish", "linear-swish", "relu", "swish", "x*sigmoid(1.7x)"]
FAR = np.array([-np.inf, -1e300, -800.0, 0.0, 800.0, 1e300, np.inf])


def told(result: Shown) -> str:
    """A result with all its digits."""
    return json.dumps(result.to_dict())


def calls() -> list[Callable[[], str]]:
    """200 questions of every kind, in no order."""
    asked: list[Callable[[], str]] = []
    for index in range(200):
        name = CANDIDATES[index % len(CANDIDATES)]
        weight = f"{1 + index / 1000}"  # trees that no call before has made
        kind = index % 8
        if kind == 0:
            asked.append(lambda name=name: told(actx.compare(name, "mish")))
        elif kind == 1:
            asked.append(lambda name=name: told(actx.show(name, domain="-6:6")))
        elif kind == 2:
            asked.append(lambda name=name: told(actx.kinks(name)))
        elif kind == 3:
            asked.append(lambda w=weight: told(actx.prove(f"max|{w}*tanh(x)| < 2")))
        elif kind == 4:
            asked.append(lambda w=weight: told(actx.fit(f"a*x + {w}*x^3", "tanh", domain=(-1, 1))))
        elif kind == 5:
            asked.append(lambda w=weight: repr(actx.formula(f"x*tanh(exp({w}x))")(FAR).tolist()))
        elif kind == 6:
            asked.append(lambda name=name: actx.export(name, "python").code)
        else:
            asked.append(lambda w=weight: told(actx.compare(f"{w}*max(x, 0)", "mish")))
    Random(7).shuffle(asked)
    return asked


def test_threads_give_what_one_gives() -> None:
    serial = [ask() for ask in calls()]
    with ThreadPoolExecutor(8) as pool:
        parallel = list(pool.map(lambda ask: ask(), calls()))
    assert parallel == serial


def test_equal_trees_are_one_object_whatever_thread_makes_them() -> None:
    texts = [f"{k}*x + sin({k}*x)*exp(x/{k + 2})" for k in range(300)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda k: parse(texts[k // 8]), range(8 * len(texts))))
    assert all(made[8 * k + j] is made[8 * k] for k in range(len(texts)) for j in range(8))


@pytest.mark.parametrize(("precision", "terms"), [(53, 10), (24, 3), (300, 40)])
def test_the_context_of_flint_is_as_it_was_and_changes_nothing(precision: int, terms: int) -> None:
    def ask() -> tuple[str, str]:
        found = actx.compare("hard-mish", "mish"), actx.fit("a*x", "tanh", domain="-1:1")
        return told(found[0]), told(found[1])

    expected = ask()
    flint.ctx.prec, flint.ctx.cap = precision, terms
    try:
        found = (
            told(actx.compare("hard-mish", "mish")),
            told(actx.fit("a*x", "tanh", domain="-1:1")),
        )
        assert (flint.ctx.prec, flint.ctx.cap) == (precision, terms)
        with pytest.raises(ActxError):
            actx.compare("sin(1/x)", "mish")
        assert (flint.ctx.prec, flint.ctx.cap) == (precision, terms)
    finally:
        flint.ctx.prec, flint.ctx.cap = 53, 10
    assert found == expected


def test_a_call_from_within_a_call_keeps_its_precision() -> None:
    seen = []
    with alone():
        flint.ctx.prec = 96
        actx.compare("relu", "mish", progress=lambda *_: seen.append(actx.kinks("relu")))
        assert flint.ctx.prec == 96
    assert seen
    assert flint.ctx.prec == 53
