"""The Python API: what the commands call, and what they print is what it returns."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import run_json

import actx
from actx.core.domain import WHOLE_LINE, parse_domain
from actx.core.errors import (
    ActxError,
    AnalysisError,
    DomainError,
    FormulaError,
    PictureError,
    RegistryError,
    UsageError,
)
from actx.present.json import document


def command(*words: str) -> Any:
    """The JSON that a command writes."""
    return run_json(*words)


# --- results are those of the commands ---

SAME = [
    (("show", "hard-mish"), lambda: actx.show("hard-mish")),
    (
        ("compare", "hard-mish", "swish", "mish", "--domain", "-5:5", "--set", "beta=2"),
        lambda: actx.compare("hard-mish", "swish", "mish", domain="-5:5", set={"beta": 2}),
    ),
    (
        ("kinks", "hard-mish-3", "--max-order", "1"),
        lambda: actx.kinks("hard-mish-3", max_order=1),
    ),
    (
        ("fit", "x*sigmoid(a*x)", "--norm", "l2", "--init", "a=2", "--bound", "a=0.5:3"),
        lambda: actx.fit(
            "x*sigmoid(a*x)", norm="l2", init={"a": 2}, bounds={"a": (0.5, 3)}, variants=True
        ),
    ),
    (
        ("prove", "max|hard_mish(x) - mish(x)| < 0.16"),
        lambda: actx.prove("max|hard_mish(x) - mish(x)| < 0.16"),
    ),
]


@pytest.mark.parametrize(("words", "call"), SAME, ids=[words[0] for words, _ in SAME])
def test_the_commands_print_what_the_functions_return(words: tuple[str, ...], call: Any) -> None:
    assert command(*words) == json.loads(document(call()))


def test_names_of_the_module() -> None:
    assert sorted(actx.__all__) == list(actx.__all__)
    for name in actx.__all__:
        assert getattr(actx, name) is not None
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = actx.nothing_of_the_kind


def test_importing_is_light() -> None:
    light = "import sys, actx; print(sorted({'numpy', 'scipy', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", light], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- formulas ---


def test_a_formula_is_a_function_of_arrays() -> None:
    mish = actx.formula("mish")
    x = np.linspace(-3, 3, 12).reshape(3, 4)
    assert mish(x).shape == (3, 4)
    np.testing.assert_allclose(mish(x), x * np.tanh(np.log1p(np.exp(x))), rtol=1e-14)
    assert mish(x.astype(np.float32)).dtype == np.float32
    assert mish([0, 1]).dtype == np.float64
    assert mish(0.0).shape == ()
    assert mish(np.array([])).shape == (0,)
    assert x[0, 0] == -3  # the argument is left as it was


def test_a_formula_at_the_ends_of_the_range() -> None:
    with np.errstate(all="raise"):
        values = actx.formula("mish")(np.array([-math.inf, -700, 1e308, math.inf, math.nan]))
    assert values[0] == 0
    assert values[1] == pytest.approx(-700 * math.exp(-700), rel=1e-14)
    assert values[2] == 1e308
    assert values[3] == math.inf
    assert math.isnan(values[4])


def test_derivatives() -> None:
    slope = actx.formula("x^3/6").derivative()
    np.testing.assert_allclose(slope([0.0, 2.0]), [0, 2])
    np.testing.assert_allclose(actx.formula("x^3/6").derivative(3)([-1.0, 5.0]), [1, 1])
    hard = actx.formula("hard-mish").derivative()
    np.testing.assert_allclose(hard([-4.0, -1.0, 3.0]), [0, 0.2, 1], atol=1e-15)


def test_parameters_of_a_formula() -> None:
    swish = actx.formula("swish")
    assert (swish.name, swish.parameters, swish.defaults) == ("swish", ("beta",), {"beta": 1.0})
    assert swish.set({"beta": 2})(1.0) == pytest.approx(1 / (1 + math.exp(-2)))
    assert swish.text == "x*sigmoid(x)"
    assert actx.formula("swish", set={"β": 2}).text == "x*sigmoid(2*x)"
    assert actx.formula("SiLU").name == "swish"
    gate = actx.formula("x*sigmoid(a*x + b)", set={"a": 1})
    assert gate.parameters == ("a", "b")
    with pytest.raises(UsageError, match="needs a value for b"):
        gate(1.0)
    with pytest.raises(UsageError, match="No formula here has a parameter 'gamma'"):
        actx.formula("swish", set={"gamma": 2})


def test_formulas_are_taken_where_texts_are() -> None:
    mine = actx.formula("x*sigmoid(a*x)", set={"a": 1})
    by_formula = actx.compare(mine, actx.formula("mish"), budget=None).rows[0]
    by_text = actx.compare("swish", "mish", budget=None).rows[0]
    assert by_formula.max_error.value == by_text.max_error.value
    assert actx.fit(actx.formula("swish"), norm="gauss").parameters == (
        actx.fit("swish", norm="gauss").parameters
    )


@pytest.mark.parametrize("text", ["x*sigmod(x)", "x +", "", "2 2", "x" * 20_000, "(" * 200 + "x"])
def test_text_that_cannot_be_read(text: str) -> None:
    for call in (actx.formula, actx.show, actx.kinks, actx.fit):
        with pytest.raises(FormulaError) as caught:
            call(text)
        assert "Traceback" not in str(caught.value)
        assert len(str(caught.value)) < 700


def test_errors_of_actx_are_one_family() -> None:
    assert actx.ActxError is ActxError
    for kind in (AnalysisError, DomainError, FormulaError, PictureError, RegistryError, UsageError):
        assert issubclass(kind, ActxError)
    assert (AnalysisError.status, FormulaError.status) == (1, 2)


# --- domains ---


@pytest.mark.parametrize("domain", ["0:inf", (0, math.inf), (0.0, math.inf), actx.Domain(0)])
def test_a_domain_has_many_forms(domain: Any) -> None:
    found = actx.show("mish", domain=domain)
    assert found.domain == (0.0, math.inf)
    assert (found.minimum.x, found.minimum.y) == (0.0, 0.0)
    assert actx.kinks("relu", domain=domain).kinks == ()


def test_reading_domains() -> None:
    assert parse_domain(":") == WHOLE_LINE == actx.Domain()
    assert parse_domain("-∞:2.5") == actx.Domain(-math.inf, 2.5)
    assert str(actx.Domain(-1, 2)) == "-1:2"
    assert 0 in actx.Domain(0, 1)
    assert 2 not in actx.Domain(0, 1)
    assert not actx.Domain(0).bounded


@pytest.mark.parametrize("domain", ["5", "a:b", "3:1", "1:1", "1e999:inf", (2, 1), (math.nan, 1)])
def test_domains_that_are_none(domain: Any) -> None:
    for call in (actx.show, actx.kinks, actx.fit):
        with pytest.raises(DomainError):
            call("swish", domain=domain)


# --- each function ---


def test_compare_ranks_by_the_largest_error() -> None:
    rows = actx.compare("relu", "hard-mish", "approx-mish", "mish", budget=None).rows
    assert [row.name for row in rows] == ["approx-mish", "hard-mish", "relu"]
    sizes = [row.max_error.value for row in rows]
    assert sizes == sorted(sizes)


def test_compare_all_leaves_out_what_cannot_be_analysed(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[halved]\nformula = "x + log(x)"\n', encoding="utf-8")
    found = actx.compare("mish", all=True, registry=actx.load_registry(file), budget=None)
    names = [row.name for row in found.rows]
    assert "halved" not in names
    assert any("halved" in note for note in found.notes)
    assert {entry.name for entry in actx.load_registry().entries} - set(names) == {"mish"}


def test_compare_without_a_candidate() -> None:
    for formulas in ((), ("mish",)):
        with pytest.raises(UsageError, match="at least one candidate"):
            actx.compare(*formulas)


def test_what_cannot_be_analysed() -> None:
    with pytest.raises(AnalysisError, match="no real value"):
        actx.show("log(x)", budget=None)


def test_progress_is_told() -> None:
    told: list[tuple[int, int, str]] = []
    actx.compare("relu", "swish", "mish", budget=None, progress=lambda *step: told.append(step))
    assert told
    assert all(0 <= done <= total and what for done, total, what in told)
    told.clear()
    actx.fit("swish", variants=True, progress=lambda *step: told.append(step))
    assert [done for done, _, _ in told] == [0, 1, 2, 3]
    assert {total for _, total, _ in told} == {4}


def test_plot_returns_the_figure_that_it_wrote(tmp_path: Path) -> None:
    path, again = tmp_path / "a.svg", tmp_path / "b.svg"
    figure = actx.plot("hard-mish", output=path, view="-4:4")
    assert [axes.get_xlim() for axes in figure.axes] == [(-4, 4)] * 3
    assert path.read_bytes().startswith(b"<?xml")
    actx.plot("hard-mish", output=str(again), view=(-4, 4))
    assert again.read_bytes() == path.read_bytes()
    with pytest.raises(PictureError, match=r"\.png"):
        actx.plot("hard-mish", output=tmp_path / "a.jpeg")
    with pytest.raises(PictureError):
        actx.plot("hard-mish", output=tmp_path / "no" / "a.png")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.svg", "b.svg"]


def test_registries_are_joined(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[half]\nformula = "k*x"\nparameters = { k = 0.5 }\n', encoding="utf-8")
    known = actx.load_registry(file)
    assert actx.formula("half", registry=known)(4.0) == 2
    assert actx.formula("half(x, 3) + mish(x)*0", registry=known)(4.0) == 12
    with pytest.raises(FormulaError):
        actx.formula("half(x)")
    file.write_text('[mish]\nformula = "x"\n', encoding="utf-8")
    with pytest.raises(RegistryError, match="mish"):
        actx.load_registry(file)
    with pytest.raises(RegistryError):
        actx.load_registry(tmp_path / "missing.toml")


def test_results_are_frozen_and_hold_plain_numbers() -> None:
    found = actx.fit("swish", norm="l2")
    with pytest.raises(AttributeError):
        found.objective = 0.0  # type: ignore[misc]
    assert type(found.objective) is float
    assert all(type(value) is float for value in found.parameters.values())
    row = actx.compare("swish", "mish", budget=None).rows[0]
    for value in (row.max_error.value, row.max_error.x, row.l1_error, row.minimum.x):
        assert type(value) is float
