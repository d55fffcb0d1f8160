"""`actx search` on targets of each shape: which families it brings, and what comes of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import expit, ndtr

import actx
from actx.core.domain import Domain
from actx.fitting.problem.criterion import CriterionText
from actx.present.sheets.tables import sheet
from actx.present.terminal import write_tables
from actx.studies.search.families import Family
from actx.studies.search.reading import load_families, read_families
from actx.studies.search.results import SearchResult
from actx.studies.search.search import question, search
from actx.studies.search.shapes import Look, look_of

SHAPES = {
    "tanh": {"sigmoid"},
    "sigmoid": {"sigmoid"},
    "atan(x)": {"sigmoid"},
    "-tanh(x)": {"sigmoid"},
    "exp(-exp(-x))": {"sigmoid", "skewed-sigmoid"},
    "sigmoid(x - 1)": {"sigmoid", "skewed-sigmoid"},
    "softplus": {"ramp"},
    "elu": {"ramp"},
    "relu": {"ramp", "gate"},
    "relu(-x)": {"ramp", "gate"},
    "min(x, 0)": set(),
    "gelu": {"gate"},
    "mish": {"gate"},
    "x*sigmoid(-x)": set(),
    "exp(x)": {"exponential"},
    "exp(-x)": {"exponential"},
    "-exp(x)": set(),
    "exp(-x^2)": {"bump"},
    "x*exp(-x^2)": set(),
    "abs(x)": {"bent"},
    "leaky-relu": {"bent"},
    "x^2": set(),
    "sin(x)": set(),  # has no tails
    "log(x)": set(),  # is not defined on the left
}


@pytest.mark.parametrize("target", SHAPES)
def test_the_shape_of_a_target(target: str) -> None:
    look = look_of(actx.formula(target).bound, Domain(0.5, 4) if "log" in target else Domain())
    assert look.shapes == SHAPES[target]
    assert look.mirrored == (target in ("-tanh(x)", "relu(-x)", "exp(-x)"))


def test_the_numbers_of_a_sigmoid() -> None:
    look = look_of(actx.formula("1 - 3*sigmoid(x)").bound, Domain())
    assert look.numbers == {"lower": -2, "upper": 1, "middle": -0.5, "half": 1.5}
    assert look_of(actx.formula("mish").bound, Domain()).numbers == {}


def family(text: str) -> Family:
    (found,) = read_families(f"[aa]\n{text}", "test")
    return found


def test_which_families_suit() -> None:
    tanh, falling = (look_of(actx.formula(f).bound, Domain()) for f in ("tanh", "-tanh(x)"))
    for text, suits in (
        ("formula = 'x'", (True, True, True)),
        ("formula = 'x'\nsuits = ['sigmoid']", (True, True, False)),
        ("formula = 'x'\nsuits = ['gate', 'sigmoid']", (True, True, False)),
        ("kind = 'spline'\ndegrees = [2]\nsuits = ['sigmoid']", (True, True, False)),
        (
            "kind = 'spline'\ndegrees = [2]\nsuits = ['sigmoid']\nleft = '-1'",
            (True, False, False),
        ),
    ):
        found = family(text)
        assert tuple(found.is_for(look) for look in (tanh, falling, Look())) == suits, text


def reached(row: dict[str, Any], x: np.ndarray, target: np.ndarray) -> None:
    """The error of a row is that of its formula, on samples."""
    error = np.abs(actx.formula(row["formula"])(x) - target).max()
    assert error <= row["max_error"] * (1 + 1e-9) + 1e-15, row["name"]
    assert error == pytest.approx(row["max_error"], rel=1e-3, abs=1e-12), row["name"]


SIGMOIDS = ("hard-sigmoid", "softsign", "inverse-root", "quadratic-sigmoid", "plan", "logistic")


@cache
def searched(target: str, domain: str, *families: str) -> dict[str, Any]:
    """The rows of a search, by their names; that `actx search` gives the same, test_results has."""
    found = actx.search(target, domain=domain, family=families, jobs=1).to_dict()
    return {row["name"]: row for row in found["front"] + found["dominated"]}


@pytest.mark.long
def test_tanh_has_many_stand_ins() -> None:
    found = searched("tanh", "-4:4")
    assert sum(row["error"] < 0.1 for row in found.values()) >= 20
    x = np.linspace(-4, 4, 200_001)
    for row in found.values():
        reached(row, x, np.tanh(x))


def test_twenty_formulas_are_near_tanh() -> None:
    """The same with those that are fitted at once, so that it can be run always."""
    near = [f.name for f in load_families() if "sigmoid" in f.suits and 0 < len(f.parameters) < 3]
    slow = {"clipped-odd-cubic", "continued-fraction", "power-sigmoid", "scaled-power-sigmoid"}
    found = searched("tanh", "-4:4", *(set(near) - slow), "minimax-polynomial", "minimax-rational")
    assert sum(row["error"] < 0.1 for row in found.values()) >= 20
    x = np.linspace(-4, 4, 200_001)
    for row in found.values():
        reached(row, x, np.tanh(x))
    # DESIGN.md's reference value, by an exhaustive search with other code
    assert found["hard-sigmoid-free"]["error"] == pytest.approx(0.0820319523, rel=1e-9)


def test_sigmoid() -> None:
    found = searched("sigmoid", "-8:8", *SIGMOIDS)
    x = np.linspace(-8, 8, 200_001)
    for row in found.values():
        reached(row, x, expit(x))
    assert found["logistic"]["error"] < 1e-15
    # 0.5 - x/2/(a + x) is worst at two places; the least of the larger, by a fine search
    a = np.linspace(0.5, 1.2, 3001)[:, None]
    y = np.linspace(0, 8, 2001)
    least = np.abs(0.5 + 0.5 * y / (a + y) - expit(y)).max(axis=1).min()
    assert found["softsign"]["error"] == pytest.approx(least, rel=1e-3)


@pytest.mark.parametrize("target", ["-tanh(x)", "tanh(-x)"])
def test_a_falling_target_is_met_by_formulas_turned_round(target: str) -> None:
    rising = searched("tanh", "-4:4", *SIGMOIDS[:3])
    falling = searched(target, "-4:4", *SIGMOIDS[:3])
    for name, row in rising.items():
        assert falling[name]["error"] == pytest.approx(row["error"], rel=1e-9)


def test_softplus() -> None:
    names = ("squareplus", "hinges", "relu-square", "relu-plus-exponential", "minimax-polynomial")
    found = searched("softplus", "-inf:inf", *names)
    x = np.linspace(-60, 60, 400_001)
    for row in found.values():
        reached(row, x, np.logaddexp(x, 0))
    # (x + sqrt(x²+b))/2 is off by √b/2 - ln 2 at 0 and by -softplus(-x) + ... farther out
    b = np.linspace(1, 2, 2001)[:, None]
    y = np.linspace(0, 30, 3001)
    least = np.abs((y + np.sqrt(y**2 + b)) / 2 - np.logaddexp(y, 0)).max(axis=1).min()
    assert found["squareplus"]["error"] == pytest.approx(least, rel=1e-3)
    assert found["minimax-polynomial 8"]["error"] < 0.003


def test_exponential() -> None:
    found = searched("exp(x)", "-8:0", "limit-power", "fitted-power")
    x = np.linspace(-8, 0, 200_001)
    for row in found.values():
        reached(row, x, np.exp(x))
    for n in (4, 8, 16, 32, 64):
        error = np.abs(np.maximum(1 + x / n, 0) ** n - np.exp(x)).max()
        assert found[f"limit-power {n}"]["error"] == pytest.approx(error, rel=1e-6)
        assert found[f"fitted-power {n}"]["error"] < error / 2


@pytest.mark.sampled(2)
@pytest.mark.parametrize("domain", ["-8:0", "-inf:0"])
def test_powers_of_two(domain: str) -> None:
    """2^n·p(f) for exp on x <= 0: a linear program over the fraction f is the truth.

    For n = -1 the error is half of p(f) - 2^f, and smaller further left; x = 0 has p(0) - 1.
    """
    names = ("line", "parabola", "cubic", "quartic")
    found = searched("exp(x)", domain, *(f"power-of-two-{name}" for name in names))
    f = np.cos(np.linspace(0, np.pi, 3001)) / 2 + 0.5
    half = np.append(np.full(f.size, 0.5), 1.0)[:, None]
    x = np.linspace(-8, 0, 200_001)
    for degree, name in enumerate(names, 1):
        row = found[f"power-of-two-{name}"]
        reached(row, x, np.exp(x))
        rows = half * np.append(f, 0.0)[:, None] ** np.arange(degree + 1)
        goal = 1e3 * half[:, 0] * np.append(np.exp2(f), 1.0)  # for the sake of its tolerance
        slack = -np.ones((goal.size, 1))
        least = linprog(
            [0.0] * (degree + 1) + [1.0],
            A_ub=np.block([[rows, slack], [-rows, slack]]),
            b_ub=np.concatenate([goal, -goal]),
            bounds=[(None, None)] * (degree + 2),
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        ).fun
        assert row["error"] == pytest.approx(least / 1e3, rel=1e-5)
        assert row["optimality"] == "global"
        assert row["cost"] == 9 + 2 * degree


def test_gelu() -> None:
    found = searched(
        "gelu", "-inf:inf", "relu-hinge", "relu-exponential", "quadratic-gate", "erf-gate", "swish"
    )
    x = np.linspace(-40, 40, 400_001)
    for row in found.values():
        reached(row, x, x * ndtr(x))
    assert found["erf-gate"]["error"] == pytest.approx(0, abs=1e-12)
    assert found["swish"]["error"] == pytest.approx(0.01392225, rel=1e-5)


SMALL = """
[line]
formula = "a*x + b"

[step]
formula = "middle + half*sign(x)"
uses = ["middle", "half"]
suits = ["sigmoid"]

[hinge]
formula = "max(a*x, 0)"
suits = ["ramp", "gate"]
"""


def small(target: str, **options: Any) -> SearchResult:
    """A search of three families."""
    known = actx.load_registry()
    text = CriterionText("max", None, False, "value", ())
    asked = question(actx.formula(target), Domain(-2, 2), known, text, seed=0)
    return search(asked, read_families(SMALL, "test"), (), known, budget=1, **options)


@pytest.mark.parametrize(
    ("target", "shapes", "left_out"),
    [
        ("tanh", ("sigmoid",), ("hinge",)),
        ("relu", ("gate", "ramp"), ("step",)),
        ("x^2", (), ("step", "hinge")),
    ],
)
def test_families_for_other_targets_are_left_out(
    target: str, shapes: tuple[str, ...], left_out: tuple[str, ...]
) -> None:
    found = small(target)
    assert (found.shapes, found.left_out) == (shapes, left_out)
    names = {row.name for row in (*found.front, *found.dominated, *found.failed)}
    assert names == {"line", "step", "hinge"} - set(left_out)
    everything = small(target, all=True)
    assert everything.left_out == ()
    assert len((*everything.front, *everything.dominated, *everything.failed)) == 3


def test_the_sheet_says_what_was_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    write_tables(sheet(small("tanh")))
    told = " ".join(capsys.readouterr().out.split())
    assert (
        "families for the shape sigmoid and for all targets; asking for all brings 1 other." in told
    )
    write_tables(sheet(small("tanh", all=True)))
    assert "asking for all" not in " ".join(capsys.readouterr().out.split())


def test_a_family_by_its_name_is_searched_whatever_the_target() -> None:
    found = actx.search("tanh", domain=(-4, 4), family=["relu", "hard-sigmoid"])
    assert [c.name for c in (*found.front, *found.dominated)] == ["relu", "hard-sigmoid"]
    found = actx.search("gelu", domain=(-4, 4), family=["hard-sigmoid"])
    assert "takes middle and lower and upper from a target that is flat" in found.failed[0].reason
    assert found.left_out == ()
