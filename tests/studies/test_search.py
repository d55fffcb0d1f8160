"""Families, the Pareto front, ranges and knots, and `actx search` in real processes."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import commands
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

import actx
from actx.core.domain import Domain
from actx.core.errors import FitError, RegistryError, UsageError
from actx.fitting.told.met import unmet
from actx.language.tree import ZERO, X
from actx.studies.search.costs import form
from actx.studies.search.engines import Aim, Engine
from actx.studies.search.families import Member
from actx.studies.search.pareto import dominators, front
from actx.studies.search.ranges import LEFT, RIGHT, outside
from actx.studies.search.reading import load_families, read_families
from actx.studies.search.search import check

ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")} | {
    "PYTHONUTF8": "1"
}
WHOLE_LINE = Domain()
MISH = actx.formula("mish").bound
OWN = """
[range]
kind = "polynomial"
degrees = [2, 3]

[spline]
kind = "spline"
degrees = [1]
pieces = [3]
joins = [0]
range = [-4, 4]
"""
TANH_S = {"lower": -1.0, "upper": 1.0, "middle": 0.0, "half": 1.0}  # numbers of a sigmoid
QUICK = ("--family", "relu", "--family", "floor", "--family", "range", "--jobs", "1")


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of families that are quickly fitted."""
    file = tmp_path_factory.mktemp("families") / "own.toml"
    file.write_text(OWN, encoding="utf-8")
    return str(file)


def start(*args: str) -> subprocess.Popen[str]:
    """A search in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "actx", "search", *args],
        env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


def run(*args: str, status: int = 0) -> str:
    """What a search writes; on stderr where the status is that of wrong usage."""
    alone = status == 2 or "--jobs 1" in " ".join(args)  # else it begins processes of its own
    done = (commands.run if alone else commands.run_anew)("search", *args)
    assert done.returncode == status, done.stderr
    assert (done.stderr == "") == (status != 2)
    return done.stderr if status == 2 else done.stdout


def run_json(*args: str) -> Any:
    return json.loads(run(*args, "--json"))


def mish(x: np.ndarray) -> np.ndarray:
    return x * np.tanh(np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0))


def member(text: str, index: int = 0) -> Member:
    (family,) = read_families(text, "test")
    return family.members[index]


# --- families ---


def test_the_built_in_families() -> None:
    families = load_families()
    names = [m.name for family in families for m in family.members]
    assert len(names) == len(set(names)) > 50
    assert {family.kind.value for family in families} == {
        "template", "polynomial", "rational", "spline", "table",
    }  # fmt: skip
    for family in families:
        check(family, actx.load_registry())
        assert family.source
        if family.formula:
            fitted = {*family.parameters, *family.uses, *(["n"] if family.n else [])}
            assert fitted == set(actx.formula(family.formula).parameters)


def test_notes_on_smoothness_and_identity_hold() -> None:
    """What the entries say of every value of their parameters holds at the start."""
    told = 0
    for family in load_families():
        if not family.formula or not family.notes:
            continue
        start = {name: p.start for name, p in family.parameters.items()}
        start |= {name: TANH_S[name] for name in family.uses}
        f = actx.formula(family.formula, set=start)
        if found := re.search(r"\bC(\d)( everywhere| at 0)", family.notes):
            kinks = [
                k for k in actx.kinks(f, budget=None).kinks if " at 0" not in found[2] or not k.x
            ]
            assert all(k.order > int(found[1]) for k in kinks), family.name
            told += 1
        if "identity" in family.notes:
            x = np.linspace(0, 20, 200)
            np.testing.assert_allclose(f(x), x)
            told += 1
    assert told > 8


BAD = {
    "no formula": ("[aa]\nsource = 'x'", "entry 'aa': it has no formula"),
    "kind": ("[aa]\nkind = 'splin'", "Did you mean 'spline'?"),
    "key": ("[aa]\nformula = 'x'\ndegree = 2", "unknown key 'degree'"),
    "no degrees": ("[aa]\nkind = 'spline'\nknots = [0]", "it has no degrees"),
    "degree": ("[aa]\nkind = 'polynomial'\ndegrees = [2.5]", "2.5 is not a whole number"),
    "degrees": ("[aa]\nkind = 'rational'\ndegrees = [2]", "numerator and denominator"),
    "twice": ("[aa]\nkind = 'polynomial'\ndegrees = [2, 2]", "name one thing twice"),
    "both": ("[aa]\nkind = 'spline'\ndegrees = [2]\nknots = [0]\npieces = [2]", "both pieces and"),
    "knots": ("[aa]\nkind = 'spline'\ndegrees = [2]\nknots = [1, 0]", "must rise"),
    "range": ("[aa]\nkind = 'polynomial'\ndegrees = [2]\nrange = [1, 0]", "must rise"),
    "range text": ("[aa]\nkind = 'polynomial'\ndegrees = [2]\nrange = 'all'", 'or two ends'),
    "side": (
        "[aa]\nkind = 'polynomial'\ndegrees = [2]\nrange = 'domain'\nleft = '0'", "nothing stands",
    ),
    "infinite": ("[aa]\nkind = 'polynomial'\ndegrees = [2]\nrange = [-inf, 0]", "finite numbers"),
    "bounds": ("[aa]\nformula = 'x*a'\nparameters = { a = { lower = 2, upper = 1 } }", "not below"),
    "start": ("[aa]\nformula = 'x*a'\nparameters = { a = { start = 2, upper = 1 } }", "within its"),
    "many": (
        f"[aa]\nkind = 'spline'\ndegrees = {list(range(20))}\npieces = {list(range(1, 21))}",
        "more than 200 formulas",
    ),
    "suits": ("[aa]\nformula = 'x'\nsuits = ['ramps']", "Did you mean 'ramp'?"),
    "uses": ("[aa]\nformula = 'x'\nuses = ['top']", "The numbers are lower, upper, middle, half"),
    "n": ("[aa]\nformula = 'x^n'\nn = [2.5]", "2.5 is not a whole number from 1"),
    "no pieces": ("[aa]\nkind = 'table'", "it has no pieces"),
    "pieces": ("[aa]\nkind = 'table'\npieces = [512]", "not a whole number from 2 to 256"),
    "places": ("[aa]\nkind = 'table'\npieces = [8]\nplaces = 'eve'", "Did you mean 'even'?"),
    "degree of a table": ("[aa]\nkind = 'table'\npieces = [8]\ndegrees = [2]", "unknown key"),
    "n of a spline": ("[aa]\nkind = 'spline'\ndegrees = [2]\nn = [2]", "unknown key 'n'"),
    "outside": ("formula = 'x'", "stands outside of an entry"),
    "toml": ("[aa", "not valid TOML"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_families(case: str) -> None:
    text, reason = BAD[case]
    with pytest.raises(RegistryError) as found:
        read_families(text, "own.toml")
    assert str(found.value).startswith("own.toml")
    assert reason in str(found.value)


BAD_FORMULAS = {
    "formula": ("[aa]\nformula = 'x*('", "entry 'aa'"),
    "parameter": ("[aa]\nformula = 'x*a'\nparameters = { b = 1 }", "'b' does not occur"),
    "n": ("[aa]\nformula = 'x*a'\nn = [2]", "'n' does not occur"),
    "both": (
        "[aa]\nformula = 'n*x'\nn = [2]\nparameters = { n = 1 }",
        "'n' is both given and",
    ),
    "requirement": ("[aa]\nformula = 'x*a'\nrequire = ['f(0) is 0']", "entry 'aa'"),
    "side": ("[aa]\nkind = 'polynomial'\ndegrees = [2]\nleft = 'a*x'", "needs a value for a"),
    "name": ("[relu]\nformula = 'x*a'", "there is a family of that name in the built-in"),
}


@pytest.mark.parametrize("case", BAD_FORMULAS)
def test_families_with_bad_formulas(case: str, tmp_path: Path) -> None:
    text, reason = BAD_FORMULAS[case]
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RegistryError) as found:
        actx.search(families=[file], family=["aa" if case != "name" else "relu"])
    assert str(file) in str(found.value)
    assert reason in str(found.value)


# --- the front ---

POINTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12)


@given(POINTS)
def test_the_front_against_brute_force(points: list[tuple[int, int]]) -> None:
    def better(i: int, j: int) -> bool:
        (c, e), (d, f) = points[i], points[j]
        return c <= d and e <= f and ((c, e) != (d, f) or i < j)

    every = range(len(points))
    expected = [j for j in every if not any(better(i, j) for i in every)]
    by = dominators(points, tie=0)
    assert [j for j in every if by[j] is None] == expected
    assert all(i is None or (i in expected and better(i, j)) for j, i in enumerate(by))
    assert front(points, tie=0) == sorted(expected, key=lambda j: points[j][0])


def test_equal_errors_do_not_make_a_front_of_rounding() -> None:
    assert dominators([(1, 0.1403029012664816), (2, 0.1403029012664815), (3, 0.14)]) == [
        None, 0, None,
    ]  # fmt: skip
    assert dominators([(2, 0.0), (1, 0.0), (3, 0.0)]) == [1, None, 1]


# --- ranges ---


@pytest.mark.parametrize(("side", "tree"), [(LEFT, None), (RIGHT, None), (LEFT, ZERO), (RIGHT, X)])
def test_how_far_a_tail_reaches(side: int, tree: Any) -> None:
    beside = outside(tree, MISH, actx.formula("1").bound, WHOLE_LINE, side)
    line = 0 * np.linspace(0, 30, 60_001) + (0 if side == LEFT else 1)
    x = side * np.linspace(0, 30, 60_001)
    error = np.maximum.accumulate(np.abs(line * x - mish(x))[::-1])[::-1]
    for level in (1e-4, 0.01, 0.1, 0.14):
        reach = beside.reach(level)
        assert reach is not None
        inmost = x[error <= level][0]
        assert abs(reach - inmost) < 2e-3
    for place, size in zip(x[::5000], error[::5000], strict=True):
        assert abs(beside.error_beyond(float(place)) - size) < 1e-6
    farther = beside.reach(0.4)  # on the other side of 0, or all of it
    assert farther is not None
    if math.isfinite(farther):
        at = mish(np.array([farther]))[0]
        assert abs((farther if side == RIGHT else 0) - at) == pytest.approx(0.4)
        assert farther * side < 0
    else:
        assert farther == -side * math.inf


def test_nothing_stands_beside_the_end_of_a_domain() -> None:
    beside = outside(None, MISH, actx.formula("1").bound, Domain(-4, 4), LEFT)
    assert (beside.tree, beside.reach(0.1), beside.error_beyond(0.0)) == (None, -4, 0)


def test_a_target_without_asymptote() -> None:
    with pytest.raises(FitError, match="no asymptote"):
        outside(None, actx.formula("x^2").bound, actx.formula("1").bound, WHOLE_LINE, RIGHT)


# --- engines ---


def least_on_grid(lo: float, hi: float, degree: int) -> float:
    """The least largest error of a polynomial on a grid, by linear programming."""
    x = np.linspace(lo, hi, 400)
    basis = np.polynomial.chebyshev.chebvander(2 * (x - lo) / (hi - lo) - 1, degree)
    y, one = mish(x), np.ones((x.size, 1))
    found = linprog(
        [*[0.0] * (degree + 1), 1.0], np.block([[basis, -one], [-basis, -one]]),
        np.concatenate([y, -y]), bounds=(None, None),
    )  # fmt: skip
    return float(found.fun)


def tails(lo: float, hi: float) -> float:
    """The largest error of 0 left of lo and x right of hi."""
    left, right = np.linspace(-40, lo, 20_000), np.linspace(hi, 40, 20_000)
    return max(np.abs(mish(left)).max(), np.abs(right - mish(right)).max())


@pytest.mark.parametrize("degree", [2, 3, 5])
def test_a_range_is_the_best(degree: int) -> None:
    made = Engine(
        member(f"[pp]\nkind = 'polynomial'\ndegrees = [{degree}]"), Aim(MISH, WHOLE_LINE)
    ).best(0)
    lo, hi = made.places
    assert made.error == pytest.approx(max(tails(lo, hi), least_on_grid(lo, hi, degree)), rel=2e-4)
    others = [
        max(tails(a, b), least_on_grid(a, b, degree))
        for a in lo + np.array([-0.3, -0.1, 0.0, 0.1, 0.3])
        for b in hi + np.array([-0.3, -0.1, 0.0, 0.1, 0.3])
    ]
    assert made.error <= min(others) * (1 + 2e-4)


def test_knots_are_better_than_even_ones() -> None:
    text = "[pp]\nkind = 'spline'\ndegrees = [1]\npieces = [3]\njoins = [0]\nrange = 'domain'"
    aim = Aim(MISH, Domain(-4, 4))
    made = Engine(member(text), aim).best(0)
    even = Engine(member(text.replace("pieces = [3]", "knots = [-1.5, 1.5]")), aim).best(0)
    assert made.error < 0.7 * even.error
    x = np.linspace(-4, 4, 4001)
    values = _values(made.formula, x)
    assert np.abs(values - mish(x)).max() == pytest.approx(made.error, rel=1e-4)


def _values(tree: Any, x: np.ndarray) -> np.ndarray:
    from actx.calculus.values import evaluate

    return evaluate(tree, x)


def test_an_end_that_is_given_stays() -> None:
    text = (
        "[pp]\nkind = 'spline'\ndegrees = [3]\npieces = [2]\njoins = [1]\n"
        "range = ['best', 0]\nright = 'x'"
    )
    made = Engine(member(text), Aim(MISH, WHOLE_LINE), (None, X)).best(0)
    assert made.places[-1] == 0
    x = np.linspace(0, 9, 50)
    np.testing.assert_array_equal(_values(made.formula, x), x)
    assert actx.kinks(actx.formula(actx_text(made.formula)), budget=None).smoothness == "C1"


def actx_text(tree: Any) -> str:
    from actx.language.text import to_text

    return to_text(tree)


@pytest.mark.parametrize(
    ("text", "domain", "reason"),
    [
        ("range = 'domain'", "-inf:inf", "has to be finite"),
        ("range = [-9, 'best']", "-4:4", "outside of the domain"),
        ("range = ['best', 0]", "0:4", "no room"),
    ],
)
def test_ranges_that_do_not_suit_the_domain(text: str, domain: str, reason: str) -> None:
    from actx.core.domain import parse_domain

    with pytest.raises(FitError, match=reason):
        Engine(
            member(f"[pp]\nkind = 'polynomial'\ndegrees = [2]\n{text}"),
            Aim(MISH, parse_domain(domain)),
        )


# --- costs ---


def test_formulas_of_one_form() -> None:
    forms = [form(actx.formula(f).bound) for f in ("x*sigmoid(1.7*x)", "x*sigmoid(1.25x)")]
    assert forms[0] is forms[1]
    assert form(actx.formula("x^2").bound) is not form(actx.formula("x^3").bound)


def test_measured_costs(tmp_path: Path, own: str) -> None:
    file = tmp_path / "costs.json"
    rows = [
        {"name": text, "formula": text, "forward": {"relative": {"median": cost}}}
        for text, cost in [("relu(x)", 1.0), ("max(x, -0.2)", 1.5)]
    ]
    file.write_text(json.dumps({"baseline": "relu", "rows": rows}), encoding="utf-8")
    result = actx.search(family=["relu", "floor", "range"], families=[own], costs=file)
    assert {c.name: c.cost for c in result.front} == {"relu": 1.0, "floor": 1.5}
    assert result.cost_unit == "relu's time, measured"
    failed = result.failed[0]
    assert failed.reason.endswith(f'Time it with bench: "{failed.formula}"')


# --- the command ---


def test_a_search_against_samples(own: str) -> None:
    found = run_json(*QUICK, "--families", own)
    x = np.linspace(-30, 30, 600_001)
    for row in found["front"] + found["dominated"]:
        error = np.abs(actx.formula(row["formula"])(x) - mish(x)).max()
        assert row["max_error"] == pytest.approx(error, abs=1e-7)
        assert row["error"] == row["max_error"]
    costs = [row["cost"] for row in found["front"]]
    errors = [row["error"] for row in found["front"]]
    assert costs == sorted(costs)
    assert errors == sorted(errors, reverse=True)
    fronts = {row["name"] for row in found["front"]}
    assert all(row["dominated_by"] in fronts for row in found["dominated"])
    assert {row["name"] for row in found["front"] + found["dominated"]} == {
        "relu", "floor", "range 2", "range 3",
    }  # fmt: skip


def test_the_result_depends_on_the_seed_alone(own: str) -> None:
    args = (*QUICK, "--family", "spline", "--families", own, "--seed", "7")
    assert run_json(*args) == run_json(*args, "--jobs", "2")


def test_weights_and_domains(own: str) -> None:
    found = actx.search(
        "gelu", families=[own], family=["range"], domain="0.5:4", relative=True
    ).to_dict()
    from scipy.special import ndtr

    x = np.linspace(0.5, 4, 50_001)
    goal = x * ndtr(x)
    for row in found["front"]:
        error = np.abs(actx.formula(row["formula"])(x) / goal - 1).max()
        assert row["error"] == pytest.approx(error, rel=1e-5)


def test_requirements(own: str) -> None:
    asked = {"families": [own], "require": ["f(0) = 0", "continuous"]}
    found = actx.search(family=["range"], **asked).to_dict()
    rows = found["front"] + found["dominated"]
    assert len(rows) == 2
    for row in rows:
        assert row["smoothness"] == "C0"
        assert actx.formula(row["formula"])(0.0) == 0
    asked["require"] = ["f(0) = 0", "f <= relu"]
    found = actx.search(family=["range", "relu", "minimax-rational"], **asked).to_dict()
    assert [row["name"] for row in found["front"]] == ["relu"]
    reasons = {row["name"]: row["reason"] for row in found["failed"]}
    assert "'f <= relu'" in reasons["range 2"]
    assert "cannot be asked for f(0) = 0" in reasons["minimax-rational 2/2"]


@pytest.mark.parametrize(
    ("require", "formula", "met"),
    [
        ("f(1) = 1", "x", True),
        ("f'(1) = 2", "x^2", True),
        ("f(1) >= 1.1", "x", False),
        ("f <= mish + 0.1", "max(x, -0.5)", False),  # 0.14 above it near 0.8
        ("f <= mish + 0.15", "max(x, -0.5)", True),
        ("f = x for x >= 0", "max(x, 0)", True),
        ("f = x for x >= 0", "min(x, 6)", False),
        ("smooth", "max(x, 0)", False),
        ("continuous", "max(x, 0)", True),
        ("C2", "max(x, 0)^3", True),
        ("min at -1", "(x + 1)^2", True),
        ("min at -1", "(x + 1.1)^2", False),
        ("min value -0.25", "x^2 - x", True),
        ("max value 0.25", "x - x^2", True),
        ("max value 0.3", "x - x^2", False),
    ],
)
def test_whether_a_formula_meets_a_requirement(require: str, formula: str, met: bool) -> None:
    known = actx.load_registry()
    failed = unmet(actx.formula(formula).bound, Domain(-9, 9), [require], known)
    assert failed == (None if met else require)


def test_nothing_found(own: str) -> None:
    out = run(*QUICK, "--families", own, "--target", "x^2", status=1)
    assert "No formula" in out
    assert "no asymptote" in out
    assert "Pareto" not in out


def test_the_sheet_fits_80_columns(own: str) -> None:
    out = run(*QUICK, "--families", own)
    assert "Pareto front" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    listing = run("--list")
    assert all(len(line) <= 80 for line in listing.splitlines())
    assert len(run_json("--list")["families"]) == len(load_families())


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--family", "swich"], "Did you mean swish?"),
        (["--norm", "l3"], "The norm is one of"),
        (["--of", "curvature"], "value, slope, both"),
        (["--weight", "exp("], "expected"),
        (["--require", "f(0) is 0"], "A requirement is one of"),
        (["--jobs", "0"], "--jobs is a whole number from 1"),
        (["--seed", "-1"], "--seed is a whole number from 0"),
        (["--families", "no-such-file.toml"], "cannot be read"),
        (["--cost", "no-such-file.json"], "cannot be read"),
        (["--resume", "no-such-folder/file"], "cannot be written"),
        (["-o", "front.txt"], ".png, .svg or .pdf"),
    ],
)
def test_wrong_usage(args: list[str], reason: str) -> None:
    message = run("--family", "relu", *args, status=2)
    assert reason in message
    assert message.count("\n") <= 4
    assert "Traceback" not in message


def test_a_picture(tmp_path: Path, own: str) -> None:
    files = [tmp_path / name for name in ("front.png", "front.svg", "again.svg")]
    for file in files[:2]:
        run(*QUICK, "--families", own, "-o", str(file))
    assert files[0].read_bytes().startswith(b"\x89PNG")
    assert "range 3" in files[1].read_text(encoding="utf-8")  # in its description
    actx.search(family=["relu", "floor", "range"], families=[own], output=files[2])
    assert files[1].read_bytes() == files[2].read_bytes()


# --- resuming ---

SLOW = """
[quick]
kind = "polynomial"
degrees = [2, 3, 4]

[slow]
kind = "spline"
degrees = [2]
pieces = [2, 3]
joins = [1]
"""


def test_a_search_that_is_killed_goes_on(tmp_path: Path) -> None:
    families, kept = tmp_path / "own.toml", tmp_path / "kept.jsonl"
    families.write_text(SLOW, encoding="utf-8")
    args = ("--families", str(families), "--family", "quick", "--family", "slow", "--jobs", "2")
    process = start(*args, "--resume", str(kept), "--json")
    until = time.monotonic() + 60
    while time.monotonic() < until and (not kept.exists() or kept.read_bytes().count(b"\n") < 3):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    asked = time.monotonic()
    process.communicate()  # ends when all of its processes have ended
    assert time.monotonic() - asked < 20
    before = kept.read_bytes()
    finished = before[: before.rfind(b"\n") + 1]
    assert 3 <= finished.count(b"\n") < 6
    kept.write_bytes(finished + b'{"key": "torn')  # as if a line had been cut
    result = run_json(*args, "--resume", str(kept))
    after = kept.read_bytes()
    assert after.startswith(finished)
    keys = [json.loads(line)["key"] for line in after.splitlines()[1:]]
    assert len(keys) == len(set(keys)) == 5  # nothing was fitted twice
    assert run_json(*args) == result
    assert run_json(*args, "--resume", str(kept)) == result
    assert kept.read_bytes() == after


def test_a_file_of_another_search_is_refused(tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    run("--family", "relu", "--resume", str(kept))
    before = kept.read_bytes()
    for args, reason in (
        (["--target", "gelu"], "with the target mish, not gelu"),
        (["--norm", "l2"], "with the norm max, not l2"),
        (["--seed", "3"], "with the seed 0, not 3"),
        (["--require", "smooth"], "with the require none, not ['smooth']"),
    ):
        assert reason in run("--family", "relu", "--resume", str(kept), *args, status=2)
    assert kept.read_bytes() == before


@pytest.mark.parametrize("content", [b"notes", b"{}\n", b"\xff\xfe\n", b"[1]\n", b'{"a": \n'])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, content: bytes) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_bytes(content)
    with pytest.raises(UsageError, match="cannot go on"):
        actx.search(family=["relu"], resume=kept)
    assert kept.read_bytes() == content


def test_a_changed_family_is_fitted_anew(tmp_path: Path) -> None:
    families, kept = tmp_path / "own.toml", tmp_path / "kept.jsonl"
    for degree in (2, 3):
        families.write_text(f"[mine]\nkind = 'polynomial'\ndegrees = [{degree}]", encoding="utf-8")
        result = actx.search(family=["mine"], families=[families], resume=kept)
    assert "x*(0.20" in result.front[0].formula  # a cubic
    assert kept.read_bytes().count(b"\n") == 3


def test_another_backend_takes_over(own: str) -> None:
    """What Dask or Ray do: joblib's own settings say where the work goes."""
    import joblib
    from joblib.parallel import SequentialBackend

    class Counting(SequentialBackend):
        begun = 0

        def configure(self, *args: Any, **more: Any) -> Any:
            Counting.begun += 1
            return super().configure(*args, **more)

    joblib.register_parallel_backend("counting", Counting)
    with joblib.parallel_config("counting", n_jobs=1):
        found = actx.search(family=["relu", "range"], families=[own])
    assert Counting.begun == 1
    assert found == actx.search(family=["relu", "range"], families=[own])
