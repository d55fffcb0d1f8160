"""What a search says is proven of each formula, against linear programs and `actx.fit`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import run
from scipy.optimize import linprog

import actx
from actx.fitting.results import PROVEN, Bound, Optimality
from actx.present.sheets.tables import sheet
from actx.present.terminal import write_tables
from actx.studies.search.results import Candidate, SearchResult

OWN = """
[polynomial]
kind = "polynomial"
degrees = [3, 9]
range = "domain"

[quotient]
kind = "rational"
degrees = [[3, 2]]
range = "domain"

[free]
kind = "spline"
degrees = [1]
pieces = [4]
joins = [0]
range = "domain"

[held]
kind = "spline"
degrees = [1]
knots = [-1.5, 0, 1.5]
joins = [0]
range = "domain"

[between]
kind = "polynomial"
degrees = [5]
range = [-1, 1]
left = "-1"
right = "1"

[step]
formula = "sign(x)"

[linear]
formula = "a*x + b*x^3"

[curved]
formula = "x/(a + abs(x))"
parameters = { a = { start = 1, lower = 0.01, upper = 10 } }
"""


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("families") / "own.toml"
    file.write_text(OWN, encoding="utf-8")
    return str(file)


def searched(own: str, *names: str, **asked: Any) -> SearchResult:
    usual = {"target": "tanh", "domain": (-4, 4)}
    return actx.search(**{**usual, **asked}, family=names, families=[own])


def rows(found: SearchResult) -> dict[str, Candidate]:
    return {row.name: row for row in (*found.front, *found.dominated)}


@pytest.fixture(scope="session")
def tanh(own: str) -> dict[str, Candidate]:
    return rows(searched(own, *re.findall(r"^\[(\w+)\]$", OWN, re.MULTILINE)))


def least(basis: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """The least largest error on a grid and its coefficients, by linear programming (HiGHS)."""
    one = np.ones((y.size, 1))
    found = linprog(
        [*[0.0] * basis.shape[1], 1.0], np.block([[basis, -one], [-basis, -one]]),
        np.concatenate([y, -y]), bounds=(None, None), method="highs",
    )  # fmt: skip
    return float(found.fun), found.x[:-1]


def check_bound(row: Candidate, basis_on: Any, knots: Sequence[float] = ()) -> None:
    """The bound of a row encloses what a linear program on a grid reaches, and its true error."""
    x = np.union1d(np.linspace(-4, 4, 2001), knots)  # errors of broken lines have corners at knots
    on_grid, coefficients = least(basis_on(x), np.tanh(x))
    fine = np.union1d(np.linspace(-4, 4, 200_001), knots)
    reached = np.abs(basis_on(fine) @ coefficients - np.tanh(fine)).max()
    assert row.bound is not None
    assert row.bound.lower <= reached * (1 + 1e-9)
    assert on_grid <= row.bound.upper * (1 + 1e-9)
    assert row.bound.upper == pytest.approx(on_grid, rel=1e-4)
    assert row.bound.gap <= PROVEN


@pytest.mark.sampled(2)
@pytest.mark.parametrize("degree", [3, 9])
def test_polynomials(tanh: dict[str, Candidate], degree: int) -> None:
    row = tanh[f"polynomial {degree}"]
    check_bound(row, lambda x: np.polynomial.chebyshev.chebvander(x / 4, degree))
    assert row.optimality is Optimality.GLOBAL
    assert row.bound is not None
    assert (row.bound.over, row.bound.by) == ("all coefficients", "alternation")


def hats(knots: list[float]) -> Any:
    """The continuous broken lines with these knots."""
    return lambda x: np.stack([x**0, x, *(np.maximum(x - k, 0) for k in knots)], axis=1)


def test_knots_that_are_given_and_knots_that_are_found(tanh: dict[str, Candidate]) -> None:
    check_bound(tanh["held"], hats([-1.5, 0, 1.5]), [-1.5, 0, 1.5])
    assert tanh["held"].optimality is Optimality.GLOBAL
    free = tanh["free"]
    knots = sorted({float(k) for k in re.findall(r"x < (-?[\d.]+)", free.formula)})
    assert len(knots) == 3
    check_bound(free, hats(knots), knots)
    assert free.bound is not None
    assert free.bound.over == "all coefficients with these knots"
    assert free.optimality is Optimality.SEARCHED
    assert free.error < tanh["held"].error


def test_what_stands_beside_counts(tanh: dict[str, Candidate]) -> None:
    """Just outside of [-1, 1] the error is 1 - tanh(1), whatever the coefficients are."""
    row = tanh["between"]
    assert row.bound is not None
    assert row.bound.lower <= 1 - np.tanh(1.0) <= row.bound.upper * (1 + 1e-15)
    assert row.optimality is Optimality.GLOBAL


def test_a_formula_without_parameters_is_its_own_bound(tanh: dict[str, Candidate]) -> None:
    row = tanh["step"]
    assert row.bound is not None
    assert row.bound.lower <= 1 <= row.bound.upper
    assert row.optimality is Optimality.GLOBAL


@pytest.mark.parametrize("name", ["linear", "curved"])
def test_templates_have_the_bound_of_fit(tanh: dict[str, Candidate], name: str) -> None:
    bounds = {"a": (0.01, 10.0)} if name == "curved" else {}
    formula = {"linear": "a*x + b*x^3", "curved": "x/(a + abs(x))"}[name]
    fit = actx.fit(formula, "tanh", domain=(-4, 4), bounds=bounds)
    assert fit.bound is not None
    assert fit.certificate is not None
    row = tanh[name]
    assert row.bound is not None
    assert (row.bound.by, row.bound.over) == (fit.bound.by, fit.bound.over)
    assert row.bound.lower == pytest.approx(fit.bound.lower, rel=1e-6)
    assert row.bound.upper == pytest.approx(fit.bound.upper, rel=1e-6)
    assert row.optimality is fit.certificate.optimality


def test_errors_lie_within_their_bounds(tanh: dict[str, Candidate]) -> None:
    assert len(tanh) == 9
    for row in tanh.values():
        assert row.bound is not None
        assert row.bound.lower <= row.error <= row.bound.upper
        assert row.max_error == row.error
        assert row.bound.optimality is Optimality.GLOBAL or row.name == "curved"


def test_weighted_errors(own: str) -> None:
    """The bound is that of the weighted error, inside and outside of the range."""
    found = rows(searched(own, "polynomial", "between", weight="exp(-x^2)"))
    x = np.linspace(-4, 4, 4001)
    w = np.exp(-(x**2))
    basis = np.polynomial.chebyshev.chebvander(x / 4, 3)
    on_grid, _ = least(basis * w[:, None], np.tanh(x) * w)
    row = found["polynomial 3"]
    assert row.bound is not None
    assert row.bound.upper == pytest.approx(on_grid, rel=1e-4)
    assert row.bound.gap <= PROVEN
    beside = found["between"].bound
    assert beside is not None
    assert beside.lower == pytest.approx((1 - np.tanh(1.0)) * np.exp(-1), rel=1e-6)


def test_other_norms_have_no_bound_of_polynomials(own: str) -> None:
    found = rows(searched(own, "polynomial", "step", norm="l2"))
    for row in found.values():
        assert (row.bound, row.optimality) == (None, None)


def test_a_file_keeps_bounds(own: str, tmp_path: Path) -> None:
    names = ("polynomial", "step", "curved", "free")
    first = searched(own, *names, resume=tmp_path / "kept.jsonl")
    assert searched(own, *names, resume=tmp_path / "kept.jsonl") == first


@pytest.mark.parametrize(
    ("lower", "by", "proof", "shown"),
    [
        (1.0 - 1e-9, "boxes", Optimality.GLOBAL, "best"),
        (1.0 - 1e-9, "alternation", Optimality.SEARCHED, "knots"),
        (0.425, "boxes", Optimality.SEARCHED, "58 %"),
        (0.99795, "boxes", Optimality.SEARCHED, "0.3 %"),
        (0.0, "none", Optimality.SEARCHED, "none"),
    ],
)
def test_how_far_a_proof_got(
    lower: float, by: str, proof: Optimality, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bound = Bound.between(lower, 1.0, "all values", by)
    row = Candidate(
        "mine", "mine", "x", error=1.0, max_error=1.0, max_error_at=0.0, smoothness="C1",
        bound=bound, optimality=proof, cost=1.0,
    )  # fmt: skip
    result = SearchResult(
        "max", None, False, "value", (),
        target="tanh", target_formula="tanh(x)", domain=(-1, 1), seed=0, cost_unit="additions",
        front=(row,), dominated=(), failed=(),
    )  # fmt: skip
    write_tables(sheet(result))
    table = capsys.readouterr().out
    assert re.search(rf"mine +1 +1 +C1 +{shown} +0\n", table)


def command(*args: str, status: int = 0) -> str:
    done = run("search", "--jobs", "1", "--target", "tanh", "--domain=-4:4", *args)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def test_the_command_tells_what_is_proven(own: str) -> None:
    args = ["--families", own, "--family", "polynomial", "--family", "free", "--family", "curved"]
    out = command(*args)
    assert re.search(r"polynomial 3 .* best ", out)
    assert re.search(r"free .* knots ", out)
    assert "Proof: best, no parameters" in " ".join(out.split())
    found = json.loads(command(*args, "--json"))
    for row in found["front"] + found["dominated"]:
        assert set(row["bound"]) == {"lower", "upper", "gap", "over", "by"}
        assert row["optimality"] in ("global", "local", "searched")
    assert "--budget is a number of seconds" in command("--budget", "0", status=2)
