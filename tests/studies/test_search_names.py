"""Formulas are listed under a family's name only where they are still that family's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import actx
from actx.core.domain import Domain
from actx.fitting.problem.criterion import CriterionText
from actx.studies.search.families import FreeParameter
from actx.studies.search.naming import template_misnomer
from actx.studies.search.reading import read_families
from actx.studies.search.results import SearchResult
from actx.studies.search.search import question, search


def searched(text: str, target: str, domain: tuple[float, float], **asked: Any) -> SearchResult:
    known = actx.load_registry()
    usual = {"norm": "max", "weight": None, "relative": False, "of": "value", "require": ()}
    criterion = CriterionText(**{**usual, **asked})
    what = question(actx.formula(target), Domain(*domain), known, criterion, seed=0)
    return search(what, read_families(text, "test"), (), known, all=True, budget=1)


def listed(found: SearchResult) -> dict[str, str]:
    return {row.name: row.formula for row in (*found.front, *found.dominated)}


def reasons(found: SearchResult) -> dict[str, str]:
    return {failure.name: failure.reason for failure in found.failed}


FITS = {
    "a shift of a symmetric target": ("x*sigmoid(b*x + c)", "gelu", (-8, 8), "c may as well be 0"),
    "a shift that is needed": ("x*sigmoid(b*x + c)", "mish", (-8, 8), None),
    "a floor of relu": ("max(x, -d)", "relu", (-4, 4), "d may as well be 0"),
    "a floor of mish": ("max(x, -d)", "mish", (-4, 4), None),
    "a term that the target has not": ("a*x + b*x^2", "tanh", (-4, 4), "b may as well be 0"),
    "a term that it has": ("a*x + b*x^3", "tanh", (-4, 4), None),
    "a factor of nothing": ("x + a*exp(-b*x^2)", "x", (-4, 4), "a may as well be 0"),
}


@pytest.mark.parametrize("case", FITS)
@pytest.mark.parametrize("norm", ["max", "l2"])
def test_parameters_that_come_out_as_0(case: str, norm: str) -> None:
    formula, target, domain, reason = FITS[case]
    found = searched(f'[aa]\nformula = "{formula}"', target, domain, norm=norm)
    if reason is None:
        assert "aa" in listed(found)
    else:
        assert reason in reasons(found)["aa"]


def test_cubic_swish_for_tanh() -> None:
    """A gate of a bounded target falls back to a line, which is no swish."""
    text = '[cubic]\nformula = "x*sigmoid(x*(b + d*x^2) + c)"\n'
    text += "parameters = { b = { start = 1, lower = 0 }, c = 0, d = { start = 0, lower = 0 } }"
    found = searched(text, "tanh", (-4, 4))
    (failure,) = found.failed
    assert "may as well be 0" in failure.reason
    x = np.linspace(-4, 4, 9)
    line = actx.formula(failure.formula)(x) / x[0]  # what came out is told
    np.testing.assert_allclose(line[:4] / x[:4], line[0] / x[0])


def misnomer(formula: str, target: str, values: dict[str, float], **bounds: Any) -> str | None:
    """What is said of a template with these values, its errors taken from samples."""
    domain = Domain(-4, 4)

    def size(tree: Any) -> float:
        from actx.language.text import to_text

        row = actx.compare(to_text(tree), target, domain=domain, budget=None).rows[0]
        return row.max_error.value

    template = actx.formula(formula)
    error = size(template.set(values).bound)
    return template_misnomer(template.tree, values, bounds, domain, error, size)


def test_parameters_without_effect() -> None:
    assert misnomer("clip(a*x, -d, d)", "tanh", {"a": 0.2, "d": 2.0}) == (
        "d has no effect where the other parameters come out."
    )
    assert misnomer("clip(a*x, -d, d)", "tanh", {"a": 0.7, "d": 0.9}) is None
    assert misnomer("max(x, 0) if x < c else b*x", "relu", {"c": 9.0, "b": 0.5}) is not None


def test_parameters_without_end() -> None:
    wide = FreeParameter(1.0, 0.01, 100.0)
    assert misnomer("x*sigmoid(b*x)", "relu", {"b": 100.0}, b=wide) == (
        "b runs to its bound, 100, and would go on."
    )
    # a bound that keeps the parameter from a better value, but not from infinity, is the user's
    narrow = FreeParameter(1.0, 0.01, 1.2)
    assert misnomer("x*sigmoid(b*x)", "gelu", {"b": 1.2}, b=narrow) is None
    assert misnomer("x*sigmoid(b*x)", "relu", {"b": 100.0}) is None
    # towards 0 from a bound above it
    low = FreeParameter(1.0, 0.001, 10.0)
    assert "may as well be 0" in str(misnomer("x/(a + abs(x))", "sign(x)", {"a": 0.001}, a=low))


POLYNOMIALS = """
[polynomial]
kind = "polynomial"
degrees = [2, 3, 4]
range = "domain"

[joined]
kind = "polynomial"
degrees = [3]
joins = [1]

[quotient]
kind = "rational"
degrees = [[2, 2], [3, 2], [3, 4]]
range = "domain"

[pieces]
kind = "spline"
degrees = [1]
pieces = [2, 3]
joins = [0]
range = "domain"

[table]
kind = "spline"
degrees = [1]
knots = [0]
range = "domain"
"""


def test_polynomials_of_an_odd_target() -> None:
    found = searched(POLYNOMIALS, "tanh", (-2, 2))
    assert set(listed(found)) == {
        "polynomial 3", "quotient 3/2", "quotient 3/4", "pieces 3 pieces",
        "table",  # whose knots are the user's
    }  # fmt: skip
    told = reasons(found)
    for name in ("polynomial 2", "polynomial 4", "quotient 2/2"):
        assert "leading coefficient comes out as 0" in told[name]
    assert "nothing beside it" in told["joined"]
    assert "pieces are the same" in told["pieces 2 pieces"]


def test_polynomials_of_another_target() -> None:
    found = searched(POLYNOMIALS, "exp(x)", (-2, 2))
    assert set(reasons(found)) == {"joined"}


def test_a_saturated_polynomial_without_room_beside_it() -> None:
    text = '[aa]\nkind = "polynomial"\ndegrees = [9]\nleft = "asymptote"\nright = "asymptote"'
    assert "nothing beside it" in reasons(searched(text, "tanh", (-1, 1)))["aa"]
    assert "aa" in listed(searched(text, "tanh", (-6, 6)))
