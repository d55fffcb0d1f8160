"""Quotients of tangents without them are the same functions, and answered soon."""

from __future__ import annotations

import time

import mpmath as mp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rigour import mp_value

import actx
from actx.calculus.cleared import cleared
from actx.language.tree import walk

_ATOMS = st.sampled_from(["tan(x)", "tan(x)", "tan(x/2)", "x", "2", "exp(-x)", "tan(x)^2"])
_SUMS = st.recursive(
    _ATOMS,
    lambda inner: st.builds(
        lambda form, a, b: form.format(a, b),
        st.sampled_from(["({} + {})", "({} - {})", "({}*{})", "(-{})*{}"]), inner, inner,
    ),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=60, derandomize=True, deadline=None)
@given(_SUMS, _SUMS)
def test_values_stay(top: str, bottom: str) -> None:
    tree = actx.formula(f"({top})/(3 + {bottom}) - x").bound
    made = cleared(tree)
    with mp.workdps(40):
        for x in (mp.mpf("0.37"), mp.mpf("-1.9"), mp.mpf("4.4")):
            a, b = mp_value(tree, x), mp_value(made, x)
            assert abs(a - b) <= mp.mpf(10) ** -30 * (1 + abs(a)), (x, a, b)


@pytest.mark.parametrize("text", ["1/tan(x)", "(1 - tan(x)^2)/(1 + tan(x)^2)", "x/(2 - tan(3x))"])
def test_no_tangent_is_left_in_a_quotient(text: str) -> None:
    made = cleared(actx.formula(text).bound)
    assert all(n.op != "tan" for n in walk(made))
    alone = actx.formula("tan(x) + exp(tan(x))").bound
    assert cleared(alone) is alone


def test_a_cosine_in_tangents_is_answered_soon() -> None:
    began = time.process_time()
    found = actx.show("(1 - tan(x)*tan(x))/(1 + tan(x)*tan(x))", domain=(-5, 5))
    assert time.process_time() - began < 4
    assert found.range == pytest.approx((-1, 1), rel=1e-12)
    assert found.zeros == pytest.approx([mp.pi * k / 4 for k in (-5, -3, -1, 1, 3, 5)], rel=1e-12)
