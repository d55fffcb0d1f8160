"""Export of the cheapest formula within an error: against mpmath, and as a command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import refused, run_json
from exported import load
from mpmath import mp

import actx
from actx.studies.search.within import cheapest_within, may_cost_less

QUICK = (
    "floor",
    "clipped-quadratic",
    "scaled-clipped-quadratic",
    "clipped-cubic",
    "one-exponential",
)


def mish(x: float) -> mp.mpf:
    return mp.mpf(x) * mp.tanh(mp.log1p(mp.exp(x)))


@pytest.fixture(scope="module")
def within_a_tenth() -> actx.Export:
    return actx.export("mish", "python", error=0.1, family=QUICK)


def test_the_code_stays_within_the_error(within_a_tenth: actx.Export, tmp_path: Path) -> None:
    """At every point the code is no further off mish than is proven, which is what was asked."""
    made = within_a_tenth.stand_in
    assert made is not None
    assert made.of == "mish"
    assert made.error <= made.allowed == 0.1
    assert "max error against mish: at most 0.07879732 (proven)" in str(within_a_tenth.code)
    f, _ = load("python", within_a_tenth, tmp_path)
    x = np.concatenate([np.linspace(-20, 20, 4001), [-1e300, -1e4, 1e4, 1e15]])
    with mp.workdps(30):
        off = max(abs(mp.mpf(y) - mish(t)) for y, t in zip(f(x).tolist(), x.tolist(), strict=True))
    assert 0.9 * made.error < off <= made.error + 1e-15


def test_it_is_the_cheapest_and_says_what_it_saves(within_a_tenth: actx.Export) -> None:
    made = within_a_tenth.stand_in
    found = actx.search("mish", family=QUICK, budget=0.01)
    costs = [c.cost for c in (*found.front, *found.dominated) if c.max_error <= 0.1]
    assert made.cost == min(costs) < made.instead_of == 33
    words = " ".join(str(within_a_tenth.code).split())
    assert "stands for mish" in words
    assert f"it costs {made.cost:g} operations instead of 33" in words


def test_a_formula_stays_where_nothing_cheaper_is_as_near() -> None:
    made = actx.export("mish", "latex", error=1e-9, family=["one-exponential", "relu"])
    assert made.stand_in is None
    assert made.formula == "x*tanh(softplus(x))"
    assert "Nothing that was fitted is within 1e-09 of it and costs less." in str(made.code)


def test_what_it_must_keep_to_is_kept(within_a_tenth: actx.Export) -> None:
    """The cheaper one of two has kinks, and is taken where nothing is said."""
    assert within_a_tenth.stand_in is not None
    assert within_a_tenth.stand_in.name == "clipped-cubic"
    families = ["clipped-cubic", "smoothstep-gate"]
    made = actx.export("mish", "latex", error=0.1, family=families, require=["smooth"])
    assert made.stand_in is not None
    assert made.stand_in.name == "smoothstep-gate"


def test_what_cannot_be_cheaper_is_not_fitted() -> None:
    """No fit at all where relu is asked for; and what is fitted is what could have been cheaper."""
    known = actx.load_registry()
    members = [member for family in actx.load_families() for member in family.members]
    assert not [m for m in members if may_cost_less(m, 1.0, known, True) and m.pieces > 1]
    found = actx.search("mish", family=QUICK, budget=0.01)
    for each in (*found.front, *found.dominated):
        (member,) = (m for m in members if m.name == each.name)
        assert may_cost_less(member, each.cost + 0.1, known, True)
    tables = [m for m in members if m.family.kind == "table"]
    assert all(may_cost_less(m, 48.0, known, True) for m in tables)
    assert not any(may_cost_less(m, 1e9, known, False) for m in tables)


def test_a_language_without_tables_gets_none(tmp_path: Path) -> None:
    """Of two that are near enough the cheaper one is a table."""
    file = tmp_path / "own.toml"
    file.write_text('[own]\nkind = "table"\npieces = [32]\nplaces = "even"\n', encoding="utf-8")
    of = actx.formula("serf")
    found = actx.search(of, families=[file], family=["own", "shifted-erf-gate"], budget=0.01)
    assert len(found.front) + len(found.dominated) == 2
    known = actx.load_registry()
    names = []
    for tables in (True, False):
        made = cheapest_within(found, of, 0.1, known, 2.0, tables)
        names.append(made and made.name)
    assert names == ["own", "shifted-erf-gate"]


def test_the_command() -> None:
    """Its JSON, and the file that a bad place leaves out before anything is searched."""
    options = ("--error", "0.1", "--family", "clipped-cubic", "--jobs", "1")
    result = run_json("export", "mish", "--to", "c", "--dtype", "float32", *options)
    assert result["stand_in"]["name"] == "clipped-cubic"
    assert result["stand_in"]["error"] <= 0.0788
    assert result["name"] == "mish"
    assert "float mishf(float x)" in result["code"]
    place = ("-o", "/nowhere/at/all.c")
    assert "there is no folder" in refused(
        "export", "mish", "--to", "c", *options, *place, status=1
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["mish", "--to", "c", "--error", "0"], "--error is a number above 0"),
        (["mish", "--to", "c", "--error", "nan"], "--error is a number above 0"),
        (["mish", "--to", "c", "--family", "floor"], "the search that --error E asks for"),
        (
            ["gelu", "--to", "c", "--error", "1", "--family", "relu", "--target", "mish"],
            "against the formula itself",
        ),
        (["swish", "--to", "torch", "--error", "1", "--trainable"], "which are not trained"),
        (["mish", "--to", "c", "--error", "1", "--family", "florr"], "no family 'florr'"),
        (
            ["mish", "--to", "c", "--error", "1", "--family", "relu", "--dtype", "int8"],
            "not for 'int8'",
        ),
    ],
)
def test_wrong_usage_is_told(args: list[str], message: str) -> None:
    assert message in refused("export", *args)
