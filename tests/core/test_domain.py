"""What is proposed where an answer cannot be had on a domain is a part of it, and not all."""

from __future__ import annotations

import math

import pytest
from commands import refused
from hypothesis import given
from hypothesis import strategies as st

from actx.core.domain import smaller
from actx.core.errors import ExitStatus


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_smaller_domain_is_finite_and_smaller(a: float, b: float) -> None:
    lo, hi = sorted((a, b))
    if lo == hi or math.nextafter(lo, hi) == hi or lo == math.inf or hi == -math.inf:
        return
    advice, (low, high) = smaller(lo, hi)
    assert lo <= low < high <= hi
    assert (low, high) != (lo, hi)
    assert ("finite" in advice) == (math.inf in (-lo, hi))


ASKED = [
    (["fit", "a*x^2", "--target", "exp(-x)", "--domain=-inf:-40"], "--domain -80:-40"),
    (["kinks", "floor(1e9*x)", "--domain", "-5:5"], "--domain -2.5:2.5"),
    (["show", "floor(1e9*x)", "--domain", "2:4"], "--domain 2:3"),
    (["fit", "a*x^2", "--target", "exp(x)", "--domain", "0:inf"], "--domain 0:5"),
]


@pytest.mark.parametrize(("asked", "advice"), ASKED, ids=[each[1] for each in ASKED])
def test_commands_propose_it(asked: list[str], advice: str) -> None:
    told = refused(*asked, status=ExitStatus.FAILED)
    assert " ".join(told.split()).endswith(f"domain, as in {advice}.")
