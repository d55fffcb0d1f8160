"""Formulas of the registry against their definitions in papers and libraries, and their numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special
from places import REFERENCES

import actx

sigmoid, erf, softplus = scipy.special.expit, scipy.special.erf, lambda x: np.logaddexp(x, 0)
X = np.concatenate([np.linspace(-9, 9, 721), [-60.0, -20.5, 20.5, 60.0]])


def gelu(x: Any) -> Any:
    return x * scipy.special.ndtr(x)


def i_gelu(x: Any) -> Any:
    """I-BERT, equations 8 and 9: a = -0.2888, b = -1.769."""
    a, b, u = -0.2888, -1.769, x / math.sqrt(2)
    return x / 2 * (1 + np.sign(u) * (a * (np.minimum(np.abs(u), -b) + b) ** 2 + 1))


def plan(x: Any) -> Any:
    """Amin et al., table 1: by |x|, and 1 - y on the other side."""
    size = np.abs(x)
    y = np.select(
        [size >= 5, size >= 2.375, size >= 1],
        [np.ones_like(size), 0.03125 * size + 0.84375, 0.125 * size + 0.625],
        0.25 * size + 0.5,
    )
    return np.where(x < 0, 1 - y, y)


def sqnl(x: Any) -> Any:
    inner = np.where(x < 0, x + x * x / 4, x - x * x / 4)
    return np.where(x > 2, 1, np.where(x < -2, -1, inner))


def eigen(x: Any) -> Any:
    """As it is computed there: by Horner's rule in x², after x is held within ±9."""
    x = np.clip(x, -9, 9)
    above = [-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11,
             5.12229709037114e-08, 1.48572235717979e-05, 6.37261928875436e-04,
             4.89352455891786e-03]  # fmt: skip
    below = [1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03]
    return x * np.polyval(above, x * x) / np.polyval(below, x * x)


def lambert(x: Any) -> Any:
    """The continued fraction x/(1 + x²/(3 + x²/(5 + … + x²/13)))."""
    tail = np.full_like(x, 13.0)
    for odd in (11, 9, 7, 5, 3, 1):
        tail = odd + x * x / tail
    return x / tail


DEFINITIONS: dict[str, Callable[[Any], Any]] = {
    "phish": lambda x: x * np.tanh(gelu(x)),
    "i-gelu": i_gelu,
    "h-gelu": lambda x: x * np.clip(1.702 * x + 3, 0, 6) / 6,
    "erfact": lambda x: x * erf(0.75 * np.exp(0.75 * x)),
    "pserf": lambda x: x * erf(1.25 * softplus(0.85 * x)),
    "tanhsoft-1": lambda x: np.tanh(0.87 * x) * softplus(x),
    "tanhsoft-2": lambda x: x * np.tanh(0.6 * np.exp(x)),
    "telu": lambda x: x * np.tanh(np.exp(x)),
    "swiglu-gate": lambda x: x * sigmoid(x),
    "acon-c": lambda x: x * sigmoid(x),  # p1 = 1, p2 = 0: "Swish is a case of ACON"
    "elish": lambda x: np.where(x < 0, np.expm1(x), x) * sigmoid(x),
    "hard-elish": lambda x: np.where(x < 0, np.expm1(x), x) * np.clip((x + 1) / 2, 0, 1),
    "lisht": lambda x: x * np.tanh(x),
    "prelu": lambda x: np.maximum(x, 0) + 0.25 * np.minimum(x, 0),
    "rrelu": lambda x: np.where(x >= 0, x, x * (1 / 8 + 1 / 3) / 2),
    "squared-relu": lambda x: np.maximum(x, 0) ** 2,
    "star-relu": lambda x: 0.8944 * np.maximum(x, 0) ** 2 - 0.4472,
    "repu": lambda x: np.maximum(x, 0) ** 3,
    "bent-identity": lambda x: (np.sqrt(x * x + 1) - 1) / 2 + x,
    "isrlu": lambda x: np.where(x < 0, x / np.sqrt(1 + x * x), x),
    "isru": lambda x: x / np.sqrt(1 + x * x),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "keras-hard-sigmoid": lambda x: np.where(x < -2.5, 0, np.where(x > 2.5, 1, 0.2 * x + 0.5)),
    "binary-hard-sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "plan": plan,
    "sqnl": sqnl,
    "tanh-pade": lambda x: x * (15 + x**2) / (15 + 6 * x**2),
    "tanh-lambert": lambda x: lambert(x),
    "tanh-eigen": eigen,
    "snake": lambda x: x + np.sin(x) ** 2,
    "siren": lambda x: np.sin(30 * x),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_formula_is_what_was_published(name: str) -> None:
    found = actx.formula(name)(X)
    assert found == pytest.approx(DEFINITIONS[name](X), rel=2e-12, abs=1e-14)


def test_every_formula_is_checked_somewhere() -> None:
    known = actx.load_registry()
    checked = {known.find(name).name for name in DEFINITIONS}  # type: ignore[union-attr]
    with_values = json.loads((REFERENCES / "references.json").read_text())
    assert {entry.name for entry in known.entries} == checked | with_values.keys()
    for entry in known.entries:
        assert entry.source
        assert entry.family


@pytest.mark.parametrize(
    ("name", "target", "told"),
    [
        # I-BERT, table 1: the largest distance from GELU
        ("quick-gelu", "gelu", "0.020"),
        ("i-gelu", "gelu", "0.018"),
        # Amin et al.: the largest error of PLAN, 1.89 %
        ("plan", "sigmoid", "0.0189"),
    ],
)
def test_errors_are_those_of_the_papers(name: str, target: str, told: str) -> None:
    """To the digits that they tell."""
    error = actx.compare(name, target).rows[0].max_error
    assert error.proven
    assert f"{error.value:.{len(told) - 2}f}" == told


@pytest.mark.parametrize(
    ("name", "distance", "largest"),
    [("quick-gelu", "0.012", 0.020), ("h-gelu", "0.031", 0.068), ("i-gelu", "0.0082", 0.018)],
)
def test_the_table_of_i_bert_is_had_again(name: str, distance: str, largest: float) -> None:
    """Its L2 distance is the root mean square from -4 to 4; its largest ones are cut off."""
    row = actx.compare(name, "gelu", domain="-4:4").rows[0]
    assert f"{row.rms_error:.{len(distance) - 2}f}" == distance
    assert math.floor(1000 * row.max_error.value) / 1000 == largest


def test_fast_forms_of_tanh_are_as_near_as_is_said() -> None:
    """Of JUCE's 1e-4 within ±5; of Eigen's half a unit of float32."""
    x = np.linspace(-5, 5, 20001)
    for name, most in (("tanh-lambert", 1.1e-4), ("tanh-eigen", 4e-8)):
        error = np.abs(actx.formula(name)(x) - np.tanh(x)).max()
        assert most / 3 < error <= most


def test_star_relu_keeps_mean_and_variance_of_a_normal_input() -> None:
    """What its numbers were chosen for: 0 and 1."""
    x, weights = np.polynomial.hermite_e.hermegauss(200)
    y, density = actx.formula("star-relu")(x), weights / math.sqrt(2 * math.pi)
    assert (density @ y, density @ y**2) == pytest.approx((0, 1), abs=2e-3)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("prelu", "prelu"),
        ("rrelu", "rrelu"),
        ("softsign", "softsign"),
    ],
)
def test_torch_has_the_same(name: str, theirs: str) -> None:
    torch = pytest.importorskip("torch")
    x = torch.linspace(-8, 8, 161, dtype=torch.float64)
    more = [torch.tensor([0.25], dtype=torch.float64)] if name == "prelu" else []
    wanted = getattr(torch.nn.functional, theirs)(x, *more).numpy()
    assert actx.formula(name)(x.numpy()) == pytest.approx(wanted, abs=1e-12)
