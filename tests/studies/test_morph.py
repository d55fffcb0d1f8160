"""Morphs: schedules, what blends are like, their table, JSON and pictures.

References are computed here with NumPy on a fine grid, with mpmath, or are closed forms.
"""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from commands import refused, run, run_json
from drawn import extents_of, texts_of
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import actx
from actx.calculus.proven.identity import coefficients
from actx.core.domain import WHOLE_LINE
from actx.core.errors import UsageError
from actx.core.schedule import SCHEDULES, Schedule, schedule
from actx.present.pictures import Format, morph_drawn
from actx.present.pictures import morphing as pictures
from actx.present.pictures.setting import plain_settings
from actx.present.pictures.sheet import sheet_of
from actx.studies.morph.blends import MOST_BLENDS, blend
from actx.studies.morph.curves import scene
from actx.studies.morph.scene import MorphScene

SHARE = st.floats(0, 1)


# --- schedules --------------------------------------------------------------------------------


@given(st.sampled_from(SCHEDULES), SHARE, SHARE, st.integers(1, 40))
def test_a_schedule_rises_from_0_to_1(name: str, p: float, q: float, layers: int) -> None:
    way = schedule(name)
    assert way.per_layer(0, layers) == (0,) * layers
    assert way.per_layer(1, layers) == (1,) * layers
    early, late = way.per_layer(min(p, q), layers), way.per_layer(max(p, q), layers)
    assert all(0 <= a <= b <= 1 for a, b in zip(early, late, strict=True))
    assert all(a >= b for a, b in pairwise(early)), "the first layers go first"
    assert way.t(p) == way.per_layer(p, 1)[0]


@given(SHARE)
def test_shapes(p: float) -> None:
    assert schedule("linear").t(p) == pytest.approx(p, abs=1e-15)
    assert schedule("cosine").t(p) == pytest.approx((1 - math.cos(math.pi * p)) / 2, abs=1e-15)
    assert schedule("cosine").t(p) + schedule("cosine").t(1 - p) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("stairs", [1, 2, 3, 48, 97])
def test_steps_are_equal_in_height_and_length(stairs: int) -> None:
    way = schedule("step", stairs=stairs)
    for level in range(stairs + 1):
        for within in (Fraction(1, 100), Fraction(1, 2), Fraction(99, 100)):
            p = float((level + within) / (stairs + 1))
            assert way.t(p) == pytest.approx(level / stairs, abs=1e-15)
        assert way.t(level / (stairs + 1)) == pytest.approx(level / stairs, abs=1e-15)


def test_layers_change_one_after_another() -> None:
    way = schedule("per-layer")
    for i in range(5):
        ts = way.per_layer((i + 0.5) / 5, 5)
        assert ts == pytest.approx((1,) * i + (0.5,) + (0,) * (4 - i))


def test_staggered_layers_begin_when_the_one_before_is_half_done() -> None:
    way = schedule("staggered")
    # with n layers that overlap by half, each takes 2/(n + 1) of the time
    assert way.per_layer(0.25, 3) == pytest.approx((0.5, 0, 0))
    assert way.per_layer(0.5, 3) == pytest.approx((1, 0.5, 0))
    assert schedule("staggered", overlap=1).per_layer(0.3, 3) == schedule("cosine").per_layer(
        0.3, 3
    )


def test_a_schedule_may_begin_late_and_end_early() -> None:
    way = schedule("linear", begin=0.25, end=0.75)
    assert [way.t(p) for p in (0, 0.25, 0.5, 0.75, 1)] == [0, 0, 0.5, 1, 1]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("linaer", {}, "Did you mean linear?"),
        ("zigzag", {}, "There are linear, cosine"),
        ("step", {"stairs": 0}, "whole number from 1"),
        ("step", {"stairs": 2.5}, "whole number from 1"),
        ("linear", {"stairs": 3}, "belong to the shape step"),
        ("linear", {"overlap": 0.5}, "all layers at once"),
        ("staggered", {"overlap": 1.5}, "from 0 to 1"),
        ("linear", {"begin": 0.8, "end": 0.2}, "ends after it begins"),
        ("linear", {"begin": math.nan}, "from 0 to 1"),
        ("linear", {"end": True}, "from 0 to 1"),
        ("cosine", {"shape": "square"}, "linear, cosine, step"),
        ("cosine", {"speed": 2}, "has no option 'speed'"),
    ],
)
def test_a_schedule_out_of_range(name: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        schedule(name, **options)


@pytest.mark.parametrize("progress", [-0.01, 1.01, math.nan, math.inf])
def test_progress_out_of_range(progress: float) -> None:
    with pytest.raises(UsageError, match="from 0"):
        schedule("linear").t(progress)


def test_a_number_of_layers_out_of_range() -> None:
    with pytest.raises(UsageError, match="number of layers"):
        schedule("per-layer").per_layer(0.5, 0)


# --- blends -----------------------------------------------------------------------------------


def _mish(x: np.ndarray) -> np.ndarray:
    return x * np.tanh(np.logaddexp(0, x))


def _hard_mish(x: np.ndarray) -> np.ndarray:
    return x * np.clip(x + 3, 0, 5) / 5


@settings(deadline=None, max_examples=20)
@given(SHARE)
def test_a_blend_has_the_values_of_a_blend(t: float) -> None:
    x = np.linspace(-6, 6, 241)
    made = blend(actx.formula("mish"), actx.formula("hard-mish"), t)
    assert made(x) == pytest.approx((1 - t) * _mish(x) + t * _hard_mish(x), abs=1e-14)


def test_the_ends_of_a_morph_are_the_formulas_themselves() -> None:
    f, g = actx.formula("mish"), actx.formula("relu")
    assert blend(f, g, 0).bound is f.bound
    assert blend(f, g, 1).bound is g.bound


def test_numbers_of_a_morph() -> None:
    found = actx.morph("mish", "hard-mish", steps=5)
    x = np.linspace(-12, 12, 480_001)
    f, g = _mish(x), _hard_mish(x)
    assert [blend.t for blend in found.blends] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    for each in found.blends:
        h = (1 - each.t) * f + each.t * g
        assert each.minimum.y == pytest.approx(h.min(), abs=1e-8)
        assert each.minimum.x == pytest.approx(x[h.argmin()], abs=1e-4)
        assert each.from_error.value == pytest.approx(np.abs(h - f).max(), abs=1e-8)
        assert each.to_error.value == pytest.approx(np.abs(h - g).max(), abs=1e-8)
        assert all(e.proven for e in (each.minimum, each.from_error, each.to_error))
        places = [(kink.x, kink.jump, kink.proven) for kink in each.kinks]
        jumps = [(-3, -0.6 * each.t, True), (2, -0.4 * each.t, True)] if each.t else []
        assert places == [(x, pytest.approx(jump), proven) for x, jump, proven in jumps]


def test_enclosures_of_a_share_hold_the_share() -> None:
    found = actx.morph("mish", "swish", steps=7)
    with mpmath.workdps(40):

        def apart(x: mpmath.mpf) -> mpmath.mpf:
            return x * mpmath.tanh(mpmath.log1p(mpmath.exp(x))) - x / (1 + mpmath.exp(-x))

        top = apart(mpmath.findroot(lambda x: mpmath.diff(apart, x), 1.82))
        for each in found.blends:
            t = Fraction(repr(each.t))
            share = mpmath.mpf(t.numerator) / t.denominator
            for error, part in ((each.from_error, share), (each.to_error, 1 - share)):
                assert error.enclosure is not None
                lo, hi = error.enclosure
                assert lo <= part * top <= hi
                assert hi - lo <= 1e-13
                assert lo <= error.value <= hi


def test_a_target_is_compared_with() -> None:
    found = actx.morph("mish", "relu", steps=2, target="swish", budget=None)
    x = np.linspace(-30, 30, 600_001)
    middle = (_mish(x) + np.maximum(x, 0)) / 2
    swish = x / (1 + np.exp(-x))
    assert found.blends[1].target_error is not None
    assert found.blends[1].target_error.value == pytest.approx(
        np.abs(middle - swish).max(), abs=1e-8
    )


def test_ends_that_are_infinitely_far_apart() -> None:
    found = actx.morph("x^2", "x", steps=2, budget=None)
    assert [each.from_error.value for each in found.blends] == [0, math.inf, math.inf]
    assert [each.to_error.value for each in found.blends] == [math.inf, math.inf, 0]


def test_equal_ends_and_opposite_ends() -> None:
    assert all(not b.from_error.value for b in actx.morph("mish", "mish", steps=2).blends)
    middle = actx.morph("mish", "-x*tanh(softplus(x))", steps=2, budget=None).blends[1]
    assert (middle.minimum.y, middle.smoothness) == (0, "C∞")


def test_layers_share_their_blends() -> None:
    found = actx.morph("mish", "relu", steps=8, schedule="per-layer", layers=2, budget=None)
    assert len(found.blends) == 5  # quarters
    assert found.steps[3].t == (0.75, 0)


@pytest.mark.parametrize("steps", [0, -1, 1001])
def test_steps_out_of_range(steps: int) -> None:
    with pytest.raises(UsageError, match="steps"):
        actx.morph("mish", "relu", steps=steps)


def test_too_many_different_blends() -> None:
    with pytest.raises(UsageError, match=str(MOST_BLENDS)):
        actx.morph("mish", "relu", steps=MOST_BLENDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mish(x)/2 + x^2 - 0.5*mish(x)", [0, 0, 1]),
        ("(x^2 - 1)/(x - 1)", [1, 1]),
        ("(1 + exp(x))*(2x + 1)/(1 + exp(x))", [1, 2]),
        ("gelu(x) - x/2*erf(x/sqrt(2))", [0, Fraction(1, 2)]),
        ("x/(1 + exp(x))", None),
        ("x^2/(x + 1)", None),
        ("mish(x) + 1", None),
    ],
)
def test_polynomials_are_recognised(text: str, expected: list[Fraction] | None) -> None:
    """What the proof of a blend's kinks rests on."""
    assert coefficients(actx.formula(text).bound) == expected


# --- the command ------------------------------------------------------------------------------


def test_the_table() -> None:
    written = run("morph", "mish", "hard-mish", "--steps", "2").stdout
    assert "apart by   0.159547 at x = -1.729748" in written
    rows = [line.split() for line in written.splitlines()]
    assert ["0.5", "-0.375862", "-1.38814", "C0", "-3,", "2", "0.0797733", "0.0797733"] in rows
    assert max(map(len, written.splitlines())) <= 80


def test_the_table_of_layers() -> None:
    written = run("morph", "mish", "relu", "--schedule", "per-layer", "--layers", "2", "--no-prove")
    rows = [line.split() for line in written.stdout.splitlines()]
    assert ["0.75", "1", "0.5"] in rows


def test_json() -> None:
    found = run_json("morph", "mish", "relu", "--schedule", "cosine", "--steps", "2")
    assert (found["from"], found["to"], found["output"]) == ("mish", "relu", None)
    assert [blend["t"] for blend in found["blends"]] == [0, 0.5, 1]
    assert found["schedule"]["shape"] == "cosine"
    assert found["blends"][1]["to_error"]["proven"]


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (("--steps", "0"), 2, "from 1 to 1000"),
        (("--schedule", "cosin"), 2, "Did you mean cosine?"),
        (("--stairs", "3"), 2, "belong to the shape step"),
        (("--overlap", "2"), 2, "from 0 to 1"),
        (("--layers", "none"), 2, "--layers is a whole number"),
        (("--view", "-1:1"), 2, "--view is for a picture"),
        (("-o", "morph.bmp"), 2, ".png, .svg, .pdf or .gif"),
        (("-o", "nowhere/morph.gif"), 1, "there is no folder"),
        (("--set", "b=2"), 2, "no formula here has a parameter"),
        (("--domain", "1:0"), 2, "is empty"),
    ],
)
def test_wrong_use(options: tuple[str, ...], status: int, said: str) -> None:
    assert said.lower() in refused("morph", "mish", "relu", *options, status=status).lower()


# --- pictures ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gif(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "morph.gif"
    done = run("morph", "mish", "hard-mish", "--no-prove", "--schedule", "step", "-o", str(path))
    assert f"Wrote {path}" in done.stdout
    return path


def test_a_picture_that_moves(gif: Path) -> None:
    with Image.open(gif) as image:
        assert image.n_frames == 31
        assert image.info["loop"] == 0
        frames = []
        for number in range(image.n_frames):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB"), dtype=int))
    assert all((frame[0, 0] == 255).all() for frame in frames)
    changes = [np.abs(a - b).sum() for a, b in pairwise(frames)]
    assert min(changes) > 0


def _scene(**options: Any) -> MorphScene:
    ends = actx.formula("x*sigmoid(1.702x)*1.000000001 + 0*erf(x)"), actx.formula("relu")
    return scene(*ends, domain=WHOLE_LINE, view=None, **options)


def test_the_same_morph_is_the_same_bytes() -> None:
    drawn = _scene(schedule=schedule("step"), steps=3, layers=1)
    first = morph_drawn(drawn).content(Format.GIF)
    assert first.startswith(b"GIF89a")
    assert first == morph_drawn(drawn).content(Format.GIF)


def test_small_multiples(tmp_path: Path) -> None:
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    for path in (first, second):
        found = actx.morph(
            "mish", "relu", steps=2, schedule="staggered", layers=2, budget=None, output=path
        )
        assert found.output == str(path)
    assert first.read_bytes() == second.read_bytes()
    axes = [e for e in ET.parse(first).iter() if str(e.get("id")).startswith("axes_")]
    assert len(axes) == 3 * 2 + 1, "values and slopes of three steps, and the schedule"


def test_many_steps_are_shown_in_part(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    actx.morph("mish", "relu", steps=30, budget=None, output=path)
    axes = [e for e in ET.parse(path).iter() if str(e.get("id")).startswith("axes_")]
    assert len(axes) == 2 * pictures.MOST_PANELS


@pytest.mark.parametrize("width", ["column", "page", 120])
def test_nothing_is_cut_off(width: str | float) -> None:
    drawn = _scene(schedule=schedule("per-layer"), steps=3, layers=2)
    with plain_settings():
        figure = pictures._multiples(drawn, sheet_of(width))
        boxes = extents_of(figure, texts_of(figure))
    for box in boxes:
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height


def test_a_schedule_is_one_record() -> None:
    assert json.loads(json.dumps(vars(schedule("linear")))) == vars(Schedule("linear"))
