"""Tables among the families of a search: their formulas against samples and linear programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

import actx
from actx.calculus.cost import HALVING, INDEXED, cost
from actx.language.tree import Node, as_table
from actx.studies.search.results import Candidate, SearchResult

FREE = """
[free-table]
kind = "table"
pieces = [6]
places = "free"

[evens]
kind = "table"
pieces = [16, 64]

[halves]
kind = "table"
pieces = [16, 64]
places = "powers"
"""


SIZES = (16, 64)


def mish(x: Any) -> Any:
    return x * np.tanh(np.logaddexp(0, x))


def searched(target: str, domain: str, tmp_path: Path, **more: Any) -> SearchResult:
    file = tmp_path / "own.toml"
    file.write_text(FREE)
    names = ["evens", "halves", "free-table"]
    return actx.search(target, domain=domain, family=names, families=[file], **more)


def found(result: SearchResult) -> dict[str, Candidate]:
    return {each.name: each for each in (*result.front, *result.dominated)}


def tree_of(each: Candidate) -> Node:
    return actx.formula(each.formula).bound


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("target", "f", "domain"),
    [("mish", mish, "-inf:inf"), ("tanh", np.tanh, "-4:4.3"), ("mish", mish, "0:inf")],
)
def test_tables_have_the_errors_that_are_told(
    target: str, f: Callable[[Any], Any], domain: str, tmp_path: Path
) -> None:
    tables = found(searched(target, domain, tmp_path))
    kinds = [f"{kind} {n} pieces" for kind in ("evens", "halves") for n in SIZES]
    assert set(tables) == {*kinds, "free-table"}
    lo, hi = (max(min(float(end), 40.0), -40.0) for end in domain.split(":"))
    x = np.linspace(lo, hi, 800_001)
    for each in tables.values():
        error = np.abs(actx.formula(each.formula)(x) - f(x)).max()
        assert each.error == pytest.approx(error, rel=1e-3)
        assert error <= each.max_error * (1 + 1e-9)
        assert each.bound is not None
        assert 0 < each.bound.lower <= each.error <= each.bound.upper * (1 + 1e-12)
    errors = [tables[f"evens {n} pieces"].error for n in SIZES]
    assert errors[0] > 4 * errors[1]
    for n in SIZES:
        knots = as_table(tree_of(tables[f"evens {n} pieces"])).knots
        step = knots[1] - knots[0]
        assert 1 in (step.numerator, step.denominator)
        assert (step.numerator * step.denominator).bit_count() == 1
        assert all((k / step).denominator == 1 for k in knots)
        assert len(knots) <= n + 1
    for n in SIZES:
        found_at = as_table(tree_of(tables[f"halves {n} pieces"]))
        assert found_at.grid is not None
        assert len(found_at.grid[1]) <= 1024
        assert len(found_at.knots) <= n + 1
        assert tables[f"halves {n} pieces"].error < tables[f"evens {n} pieces"].error


def test_no_entries_are_better_by_a_linear_program(tmp_path: Path) -> None:
    """On the domain the outer lines go on: hats at the knots and at both ends."""
    each = found(searched("tanh", "-4:4.3", tmp_path))["evens 16 pieces"]
    inner = as_table(tree_of(each)).knots
    knots = [-4.0, *map(float, inner), 4.3]
    x = np.union1d(np.linspace(-4, 4.3, 4001), knots)
    hats = np.stack([np.interp(x, knots, row) for row in np.eye(len(knots))], axis=1)
    ones = -np.ones((x.size, 1))
    least = linprog(
        [0.0] * len(knots) + [1.0], A_ub=np.block([[hats, ones], [-hats, ones]]), method="highs",
        b_ub=np.concatenate([np.tanh(x), -np.tanh(x)]),
        bounds=[(None, None)] * (len(knots) + 1),
    ).fun  # fmt: skip
    assert each.error == pytest.approx(least, rel=0.01)
    assert each.bound is not None
    assert each.bound.lower <= least * (1 + 1e-9)


def test_what_a_lookup_costs(tmp_path: Path) -> None:
    tables = found(searched("tanh", "-4:4", tmp_path))
    even, free = tables["evens 16 pieces"], tables["free-table"]
    assert even.cost == cost(tree_of(even)) == tables["evens 64 pieces"].cost
    knots = len(as_table(tree_of(free)).knots)
    assert free.cost == cost(tree_of(free)) > even.cost
    assert free.cost - 16 == HALVING[1] * knots.bit_length()
    assert tables["halves 16 pieces"].cost == even.cost + INDEXED[1]
    assert even.cost < cost(actx.formula("tanh").bound) + 1  # so that tables count for it


@pytest.mark.long
def test_steep_targets_are_better_off_with_halves_and_with_the_best_places() -> None:
    result = actx.search("log(x)", domain="0.01:10", family=["table", "table-powers", "table-free"])
    front = {each.name: each for each in result.front}
    assert front["table-powers 16 pieces"].error < front["table 256 pieces"].error / 5
    assert front["table-free 64 pieces"].error < front["table-powers 16 pieces"].error / 20
    assert front["table-powers 16 pieces"].cost < front["table-free 64 pieces"].cost / 4


def test_what_has_no_asymptote_or_a_weight_is_told(tmp_path: Path) -> None:
    assert "asymptote" in searched("exp(x)", "-inf:inf", tmp_path).failed[0].reason
    assert "weight" in searched("tanh", "-4:4", tmp_path, relative=True).failed[0].reason
