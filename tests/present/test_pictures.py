"""Pictures: what they show, that nothing is cut off, that the bytes repeat, how they are written.

The curves are made here by hand, from NumPy alone, so that a fault in actx's sampling cannot hide
a fault of the pictures.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import json
import math
import os
import stat
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from drawn import extents_of, texts_of
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox
from places import ROOT

from actx.analysis.curves import Curve, KinkMark
from actx.core.errors import ExitStatus, PictureError, UsageError
from actx.present.pictures import Layout, OutputEndingError, check_output, curves_drawn
from actx.present.pictures import figure as figures
from actx.present.pictures.labels import FONT, clean, fit, text_width, told_apart
from actx.present.pictures.limits import Range, error_range, value_range
from actx.present.pictures.output import write_whole
from actx.present.pictures.setting import plain_settings
from actx.present.pictures.sheet import SHEETS
from actx.present.pictures.style import BLACK, DASHES, HUES, assign

# Those of matplotlib's own libraries are not ours.
pytestmark = pytest.mark.filterwarnings("error", "ignore::DeprecationWarning")

VIEW = (-5.0, 5.0)
Function = Callable[[np.ndarray], np.ndarray]


# --- curves -----------------------------------------------------------------------------------


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _mish(x: np.ndarray) -> np.ndarray:
    return x * np.tanh(np.logaddexp(0, x))


def _hard(k: float, c: float = 3) -> Function:
    return lambda x: x * np.clip(x + c, 0, k) / k


# name: (family, function, kinks as (x, order)); standing in for a registry.
FORMULAS: dict[str, tuple[str, Function, tuple[tuple[float, int], ...]]] = {
    "mish": ("mish", _mish, ()),
    "tanhexp": ("mish", lambda x: x * np.tanh(np.exp(x)), ()),
    "smish": ("mish", lambda x: x * np.tanh(np.log1p(_sigmoid(x))), ()),
    "logish": ("mish", lambda x: x * np.log1p(_sigmoid(x)), ()),
    "approx-mish": ("mish", lambda x: x * _sigmoid(np.where(x < 0, x, 2 * x)), ((0, 2),)),
    "lerp-mish-relu": ("mish", lambda x: (_mish(x) + np.maximum(x, 0)) / 2, ((0, 1),)),
    "relu": ("rectifier", lambda x: np.maximum(x, 0), ((0, 1),)),
    "relu6": ("rectifier", lambda x: np.clip(x, 0, 6), ((0, 1), (6, 1))),
    "leaky-relu": ("rectifier", lambda x: np.where(x < 0, 0.01 * x, x), ((0, 1),)),
    "softplus": ("rectifier", lambda x: np.logaddexp(0, x), ()),
    "squareplus": ("rectifier", lambda x: (x + np.sqrt(x * x + 4)) / 2, ()),
    "swish": ("swish", lambda x: x * _sigmoid(x), ()),
    "linear-swish": (
        "swish",
        lambda x: np.where(x < 0, 2 * x * _sigmoid(1.25 * x), x),
        ((0, 2),),
    ),
    "quick-gelu": ("gelu", lambda x: x * _sigmoid(1.702 * x), ()),
    "gelu-tanh": ("gelu", lambda x: x / 2 * (1 + np.tanh(0.79788456 * (x + 0.044715 * x**3))), ()),
    "hard-swish": ("hard", _hard(6), ((-3, 1), (3, 1))),
    "hard-mish": ("hard", _hard(5), ((-3, 1), (2, 1))),
    "hard-mish-4": ("hard", _hard(4), ((-3, 1), (1, 1))),
    "hard-mish-3": ("hard", _hard(3), ((-3, 1), (0, 2))),
    "h-mish": ("hard", _hard(2, 2), ((-2, 1), (0, 2))),
    "elu": ("elu", lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), ((0, 2),)),
    "selu": (
        "elu",
        lambda x: 1.0507 * np.where(x > 0, x, 1.67326 * np.expm1(np.minimum(x, 0))),
        ((0, 1),),
    ),
    "aptx": ("aptx", lambda x: (1 + np.tanh(x)) * x / 2, ()),
    "saturated-mish": ("saturated", lambda x: np.where(x < 0, _mish(x), x), ((0, 1),)),
    "saturated-swish": ("saturated", lambda x: np.where(x < 0, x * _sigmoid(x), x), ((0, 1),)),
    "hard-sigmoid": ("sigmoid", lambda x: np.clip(x + 3, 0, 6) / 6, ((-3, 1), (3, 1))),
    "hard-tanh": ("sigmoid", lambda x: np.clip(x, -1, 1), ((-1, 1), (1, 1))),
    "tanh": ("sigmoid", np.tanh, ()),
    "sigmoid": ("sigmoid", _sigmoid, ()),
    # Not members of any registry:
    "x^2": ("formula", lambda x: x * x, ()),
    "1/x": ("formula", lambda x: 1 / x, ()),
    "step": ("formula", lambda x: np.where(x < 1, 0.5, 2.0), ((1, 0),)),
}
LONG = (
    "(α+tanh(βx))·γ·x if x <= -2.7182818 else where(x<3, lerp(mish(x), relu(x), 0.25), "
    "2x*sigmoid(1.25x) + 0.044715*x^3/sqrt(2/pi)) if x <= 100000 else 0.99999999x"
)
NAMES = {
    "2x*sigmoid(1.25x) if x <= 0 else x": "linear-swish",
    LONG: "swish",
    "$x_1$ * $\\alpha$": "aptx",
    "_hidden": "elu",
    "<b>&amp;--</b>": "relu",
}
REGISTRY = [name for name, (family, _, _) in FORMULAS.items() if family != "formula"]


def _curve(
    name: str,
    view: tuple[float, float] = VIEW,
    target: str | None = "mish",
    count: int = 1201,
) -> Curve:
    family, function, kinks = FORMULAS[name]
    inside = [(x, order) for x, order in kinks if view[0] < x < view[1]]
    # A breakpoint is sampled as its left limit, a gap, its right limit.
    grid = np.setdiff1d(np.linspace(*view, count), [place for place, _ in inside])
    nudge = 1e-7 * (view[1] - view[0])
    x, at = list(grid), [float(v) for v in grid]
    for place, _ in inside:
        x += [place - nudge, math.nan, place + nudge]
        at += [place] * 3
    order = np.argsort(at, kind="stable")
    where, x_axis = np.array(x)[order], np.array(at)[order]
    with np.errstate(all="ignore"):
        y = np.where(np.isnan(where), np.nan, function(where))
        slope = (function(where + nudge / 2) - function(where - nudge / 2)) / nudge
        error = None if target is None else y - FORMULAS[target][1](where)
        lowest = int(np.argmin(np.where(np.isfinite(y), y, np.inf)))
        marks = tuple(
            KinkMark(place, float(function(np.array(place))), order) for place, order in inside
        )
    minimum = None
    if 5 < lowest < len(y) - 5 and y[lowest] < -0.01:
        minimum = (float(x_axis[lowest]), float(y[lowest]))
    return Curve(name, family, x_axis, y, slope, error, minimum, marks)


def _curves(names: Sequence[str], view: tuple[float, float] = VIEW) -> list[Curve]:
    return [_curve(name, view) for name in names if name != "mish"]


def _target(view: tuple[float, float] = VIEW) -> Curve:
    return dataclasses.replace(_curve("mish", view), error=None)


def _named() -> list[Curve]:
    return [dataclasses.replace(_curve(like), name=name) for name, like in NAMES.items()]


def _flat(value: float, name: str = "flat") -> Curve:
    x = np.linspace(*VIEW, 101)
    y = np.full_like(x, value)
    return Curve(name, "formula", x, y, 0 * x, y)


SCENES: dict[str, tuple[list[Curve], Curve | None]] = {
    "target alone": ([], _target()),
    "one": (_curves(["hard-mish"]), _target()),
    "no target": (_curves(["hard-mish", "swish"]), None),
    "five": (_curves(["hard-mish", "swish", "linear-swish", "hard-mish-3", "step"]), _target()),
    "names": (_named(), dataclasses.replace(_target(), name=LONG)),
    "runaways": (_curves(["x^2", "1/x", "step", "relu6"]), _target()),
    "registry": (_curves(REGISTRY), _target()),
    "many, long names": (_named() + _curves(REGISTRY), _target()),
    "120": (
        [
            dataclasses.replace(c, name=f"{c.name}-{n}", family=f"{c.family} {n}")
            for n in range(4)
            for c in _curves(REGISTRY)
        ],
        _target(),
    ),
}


def draw(
    curves: Sequence[Curve],
    target: Curve | None,
    view: tuple[float, float],
    output: Path,
    **more: Any,
) -> Path:
    """A picture as a file; its path."""
    check_output(output)
    curves_drawn(curves, target, view, **more).write(output)
    return output


def _build(
    curves: Sequence[Curve],
    target: Curve | None,
    layout: Layout = Layout.DOUBLE,
    view: tuple[float, float] = VIEW,
    title: str = "",
) -> Figure:
    with plain_settings():
        figure = figures.build(curves, target, view, title, layout)
        figure.draw_without_rendering()
        return figure


@functools.cache
def _scene(scene: str, layout: Layout) -> Figure:
    return _build(*SCENES[scene], layout, title=f"{scene}: " + 3 * LONG)


# --- what is seen -----------------------------------------------------------------------------


def _overlap(a: Bbox, b: Bbox) -> bool:
    # Half a pixel: extents of antialiased text are a little larger than its ink.
    return min(a.x1, b.x1) - max(a.x0, b.x0) > 0.5 and min(a.y1, b.y1) - max(a.y0, b.y0) > 0.5


@pytest.mark.sampled(2)
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_cut_off_and_no_label_lies_over_another(scene: str, layout: Layout) -> None:
    figure = _scene(scene, layout)
    texts = texts_of(figure)
    boxes = extents_of(figure, texts)
    for text, box in zip(texts, boxes, strict=True):
        assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1, text
    # Lines of text in a font's ascent and descent may touch without their ink doing so.
    shrunk = [box.expanded(1, 0.8) for box in boxes]
    for (text, a), (other, b) in itertools.combinations(zip(texts, shrunk, strict=True), 2):
        assert not _overlap(a, b), (text, other)
    for text, box in zip(texts, boxes, strict=True):
        for axes in figure.axes:
            assert not _overlap(box, axes.bbox), (text, axes)


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("scene", SCENES)
def test_the_key_stands_outside_the_panels(scene: str, layout: Layout) -> None:
    curves, target = SCENES[scene]
    figure = _scene(scene, layout)
    samples = [artist for artist in figure.artists if isinstance(artist, Line2D)]
    assert len(samples) >= len(curves) + (target is not None)
    width = SHEETS[layout].target_line * figure.dpi / 72
    for sample in samples:
        ends = sample.get_transform().transform(np.column_stack(sample.get_data()))
        thickness = np.array([0, width / 2])
        box = Bbox([ends.min(axis=0) - thickness, ends.max(axis=0) + thickness])
        assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1
        assert not any(_overlap(box, axes.bbox) for axes in figure.axes)


@pytest.mark.parametrize("layout", Layout)
def test_every_curve_has_its_name_in_the_key(layout: Layout) -> None:
    shown = {t.get_text() for t in texts_of(_build(_curves(REGISTRY), _target(), layout))}
    assert {name for name in REGISTRY if name != "mish"} <= shown
    assert "mish (target)" in shown
    assert {FORMULAS[name][0] for name in REGISTRY} <= shown  # the families


def test_names_are_set_literally() -> None:
    texts = texts_of(_build(_named(), _target()))
    shown = {t.get_text() for t in texts}
    assert {"$x_1$ * $\\alpha$", "_hidden", "<b>&amp;--</b>"} <= shown
    assert not any(t.get_parse_math() for t in texts)


@pytest.mark.parametrize(
    ("layout", "width"), [(Layout.SINGLE, 3.5), (Layout.DOUBLE, 7.2), (Layout.WIDE, 40 / 3)]
)
def test_the_sheet_has_the_size_it_is_made_for(layout: Layout, width: float) -> None:
    figure = _build(_curves(REGISTRY), _target(), layout)
    assert figure.get_figwidth() == pytest.approx(width)
    # A page of a paper; a screen of 16:9.
    assert figure.get_figheight() <= 9.5
    if layout is Layout.WIDE:
        assert figure.get_figheight() == pytest.approx(7.5)


def test_panels_share_their_x_axis_and_the_order_is_value_error_derivative() -> None:
    figure = _build(_curves(["hard-mish"]), _target())
    tops = [axes.get_position().y1 for axes in figure.axes]
    assert len(tops) == 3
    assert tops == sorted(tops, reverse=True)
    assert all(axes.get_xlim() == VIEW for axes in figure.axes)
    assert len({(a.get_position().x0, a.get_position().x1) for a in figure.axes}) == 1
    shown = [t.get_text() for t in figure.texts]
    assert {"value f(x)", "error f(x) − mish(x)", "derivative f′(x)", "x"} <= set(shown)


def test_without_a_target_there_is_no_error_panel() -> None:
    assert len(_build(_curves(["hard-mish"]), None).axes) == 2
    assert len(_build([], _target()).axes) == 2


def test_the_target_lies_in_front_and_is_thickest() -> None:
    for axes in _build(_curves(REGISTRY), _target()).axes[::2]:
        lines = [line for line in axes.lines if len(line.get_xdata()) > 10]
        front = max(lines, key=lambda line: line.get_zorder())
        assert to_hex(front.get_color()) == BLACK
        others = [line for line in lines if line is not front]
        assert len(others) == len(REGISTRY) - 1
        assert front.get_linewidth() > 1.5 * max(line.get_linewidth() for line in others)
        assert all(to_hex(line.get_color()) != BLACK for line in others)


def test_closer_approximations_lie_over_coarser_ones() -> None:
    styles = assign(_curves(["hard-mish", "relu", "hard-tanh"]), SHEETS[Layout.DOUBLE]).curves
    assert styles[0].layer > styles[1].layer > styles[2].layer


def _marks(figure: Figure) -> dict[str, set[tuple[float, float]]]:
    found: dict[str, set[tuple[float, float]]] = {}
    for line in figure.axes[0].lines:
        if line.get_marker() not in ("None", "none", "", None):
            point = (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
            found.setdefault(str(line.get_marker()), set()).add(point)
    return found


def test_minima_and_kinks_are_marked_and_explained() -> None:
    figure = _build(_curves(["hard-mish", "hard-mish-3"]), _target())
    marks = _marks(figure)
    assert marks["D"] == {(-3.0, 0.0), (2.0, 2.0)}
    assert marks["s"] == {(0.0, 0.0)}  # only the curvature jumps
    lowest = sorted(marks["o"])
    assert lowest == [
        (pytest.approx(-1.5, abs=0.01), pytest.approx(-0.75, abs=1e-3)),
        (pytest.approx(-1.5, abs=0.01), pytest.approx(-0.45, abs=1e-3)),
        (pytest.approx(-1.19243121452, abs=0.01), pytest.approx(-0.308843413017, abs=1e-3)),
    ]
    shown = {t.get_text() for t in figure.texts}
    assert {"minimum", "kink", "kink of order ≥ 2"} <= shown


def test_marks_outside_the_panel_are_left_out_with_their_explanation() -> None:
    figure = _build(_curves(["hard-mish"], (3, 8)), _target((3, 8)), view=(3, 8))
    assert _marks(figure) == {}
    assert not {"minimum", "kink"} & {t.get_text() for t in figure.texts}


def test_a_jump_breaks_the_line_and_is_bridged_by_dots() -> None:
    figure = _build(_curves(["step"]), _target())
    style = assign(_curves(["step"]), SHEETS[Layout.DOUBLE]).curves[0]
    lines = [
        line for line in figure.axes[0].lines if to_hex(line.get_color()) == style.colour.lower()
    ]
    curve = next(line for line in lines if len(line.get_xdata()) > 10)
    y = np.asarray(curve.get_ydata())
    x = np.asarray(curve.get_xdata())
    assert np.isnan(y[x == 1]).any()
    bridge = next(line for line in lines if len(line.get_xdata()) == 3)
    assert list(bridge.get_xdata()[:2]) == [1, 1]
    assert list(bridge.get_ydata()[:2]) == [0.5, 2.0]
    assert bridge.get_linewidth() < curve.get_linewidth()


def test_no_line_is_drawn_through_a_pole() -> None:
    figure = _build(_curves(["1/x", "hard-mish"]), _target())
    for axes in figure.axes[:2]:
        curve = next(line for line in axes.lines if len(line.get_xdata()) > 10)
        x, y = (np.asarray(part) for part in curve.get_data())
        across = (x[:-1] < 0) & (x[1:] >= 0)
        assert np.isnan(np.diff(y)[across]).all()
        assert np.isfinite(np.diff(y)[~across & (np.abs(x[1:]) > 0.1)]).all()


# --- colours ----------------------------------------------------------------------------------

# Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def _linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _lab(colour: str, vision: str) -> np.ndarray:
    seen = np.clip(VISIONS[vision] @ _linear(colour), 0, 1)
    xyz = TO_XYZ @ seen / TO_XYZ.sum(axis=1)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _apart(a: str, b: str, vision: str) -> float:
    return float(np.linalg.norm(_lab(a, vision) - _lab(b, vision)))


@pytest.mark.parametrize("hue", HUES)
def test_every_shade_has_contrast_with_the_paper(hue: object) -> None:
    for colour in (hue.base, hue.dark, hue.light):  # type: ignore[attr-defined]
        assert 1.05 / (float(TO_XYZ[1] @ _linear(colour)) + 0.05) >= 3


@pytest.mark.parametrize("vision", VISIONS)
def test_hues_stay_apart_for_every_kind_of_colour_vision(vision: str) -> None:
    for a, b in itertools.combinations(HUES, 2):
        assert _apart(a.base, b.base, vision) > 10  # a just noticeable difference is 2.3
        assert _apart(a.base, BLACK, vision) > 20


@pytest.mark.parametrize("vision", VISIONS)
def test_no_two_curves_are_alike(vision: str) -> None:
    """Of the whole registry: either the dashes differ or the colours do, however they are seen."""
    styles = assign(_curves(REGISTRY), SHEETS[Layout.DOUBLE]).curves
    for a, b in itertools.combinations(styles, 2):
        assert a.dashes != b.dashes or _apart(a.colour, b.colour, vision) > 10, (a, b)


def test_families_share_a_hue_where_there_are_many() -> None:
    curves = _curves(REGISTRY)
    styles = assign(curves, SHEETS[Layout.DOUBLE])
    assert styles.by_family
    families = list(dict.fromkeys(curve.family for curve in curves))
    assert len(families) == len(HUES) + 1  # the last one must share
    for curve, style in zip(curves, styles.curves, strict=True):
        if curve.family != families[-1]:
            hue = HUES[families.index(curve.family)]
            # Each channel lies between those of the darkest and the lightest shade.
            rgb = [bytes.fromhex(c[1:]) for c in (hue.dark, style.colour, hue.light)]
            assert all(dark <= own <= light for dark, own, light in zip(*rgb, strict=True))
    pairs = [(style.colour, style.dashes) for style in styles.curves]
    assert len(set(pairs)) == len(pairs)


def test_few_curves_have_a_hue_each() -> None:
    curves = _curves(["hard-mish", "hard-mish-3", "hard-mish-4", "hard-swish", "h-mish"])
    styles = assign(curves, SHEETS[Layout.DOUBLE])
    assert len({style.colour for style in styles.curves}) == 5
    assert len({style.dashes for style in styles.curves}) == 5


def test_dashes_differ() -> None:
    assert len(set(DASHES)) == len(DASHES)


# --- ranges -----------------------------------------------------------------------------------


def _values(names: Sequence[str], view: tuple[float, float] = VIEW) -> Range:
    target = _target(view)
    others = [(c.x, c.y) for c in _curves(names, view)]
    return value_range((target.x, target.y), others, 0.5)


def _errors(names: Sequence[str], view: tuple[float, float] = VIEW) -> Range:
    errors = [(c.x, c.error) for c in _curves(names, view)]
    return error_range(errors, _values(names, view))  # type: ignore[arg-type]


def test_a_curve_that_runs_away_does_not_squash_the_rest() -> None:
    alone = _values(["hard-mish"])
    assert alone.lo < -0.45
    assert 5 < alone.hi < 5.5
    squashed = _values(["hard-mish", "x^2", "1/x"])
    assert squashed.height < 2.2 * alone.height
    assert _values(["hard-mish", "relu6"], (-5, 20)).hi < 22


def test_errors_of_the_good_fill_the_panel_and_the_bad_leave_it() -> None:
    good = _errors(["hard-mish"])
    assert -0.18 < good.lo < -0.1595466
    assert 0.14 < good.hi < 0.17
    mixed = _errors(["hard-mish", "x^2"])
    assert mixed.height < 2 * good.height
    assert mixed.hi > good.hi  # it is seen to leave
    similar = _errors(["hard-mish", "swish", "linear-swish", "hard-mish-3"])
    assert similar.lo < -0.4559  # hard-mish-3, within a small factor of the others


def test_in_a_narrow_view_the_others_come_into_sight() -> None:
    view = (1.0, 1.0 + 1e-6)
    limits = _values(["hard-mish", "swish"], view)
    assert limits.lo < 0.8 < limits.hi  # hard-mish(1)
    assert limits.lo < 0.8650983 < limits.hi  # mish(1)


def test_constants_at_different_heights_are_all_in_sight() -> None:
    """The slopes of x, of floor(x) and of round(2x)/2."""
    x = np.linspace(-3, 3, 101)
    limits = value_range((x, x * 0 + 1), [(x, x * 0), (x, x * 0 + 1), (x, x * 0)], 0.5)
    assert limits.lo < 0
    assert limits.hi > 1


def test_without_a_target_the_typical_curve_sets_the_range() -> None:
    others = [(c.x, c.y) for c in _curves(["hard-mish", "swish", "x^2"])]
    limits = value_range(None, others, 0.5)
    assert limits.hi < 10
    assert limits.lo < -0.45


@pytest.mark.parametrize(
    "value", [0.0, 1.0, -1e300, 1.7e308, 5e-324, math.inf, -math.inf, math.nan, 1e-12]
)
@pytest.mark.parametrize("with_target", [True, False])
def test_degenerate_values_are_drawn(value: float, with_target: bool, tmp_path: Path) -> None:
    target = _target() if with_target else None
    out = draw([_flat(value), _flat(2.0, "two")], target, VIEW, tmp_path / "a.svg")
    assert b"NaN" not in out.read_bytes()
    assert b"inf" not in out.read_bytes().replace(b"info", b"")
    limits = value_range(None, [(c.x, c.y) for c in [_flat(value)]], 0.5)
    assert limits.lo < limits.hi
    assert math.isfinite(limits.height)


def test_rounding_noise_does_not_fill_the_error_panel() -> None:
    noise = dataclasses.replace(_target(), name="same", error=1e-16 * np.sin(_target().x * 1e5))
    with warnings.catch_warnings():
        figure = _build([noise], _target())
    lo, hi = figure.axes[1].get_ylim()
    assert hi - lo > 1e-9


@pytest.mark.parametrize(
    "view", [(-1e300, 1e300), (1.0, 1.0 + 1e-11), (-1e-200, 1e-200), (1e6, 1e6 + 1), (0, 1e15)]
)
@pytest.mark.parametrize("layout", [Layout.SINGLE, Layout.WIDE])
def test_extreme_views(view: tuple[float, float], layout: Layout) -> None:
    x = np.linspace(*view, 50)
    curve = Curve("line", "formula", x, x, np.ones_like(x), 0 * x)
    figure = _build([curve], dataclasses.replace(curve, error=None), layout, view)
    boxes = extents_of(figure, texts_of(figure))
    for a, b in itertools.combinations([box.expanded(1, 0.8) for box in boxes], 2):
        assert not _overlap(a, b)
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    for axes in figure.axes:
        texts = [t.get_text() for t in axes.get_yticklabels() if t.get_text()]
        assert len(set(texts)) == len(texts)


# --- labels -----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=300), st.floats(20, 300), st.integers(1, 3), st.sampled_from([6.5, 8.0, 11.0])
)
def test_labels_fit(name: str, width: float, lines: int, size: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # glyphs that the font lacks
        label = fit(name, size, width, lines)
        assert label.count("\n") < lines
        # One character always stands, however wide.
        assert all(text_width(line, size) <= width or len(line) == 1 for line in label.split("\n"))
    assert all(c.isprintable() for c in label.replace("\n", ""))


def test_a_long_label_keeps_both_its_ends_and_breaks_at_operators() -> None:
    label = fit(LONG, 8, 150, 2)
    assert label.startswith("(α+tanh(βx))")
    assert label.endswith("9x")
    assert "…" in label
    first, _ = fit("2x*sigmoid(1.25x) if x <= 0 else x", 8, 120, 2).split("\n")
    assert first.endswith(("if", "<=", "x", "0"))


def test_labels_of_megabytes_are_quick_and_strange_characters_are_shown() -> None:
    assert len(fit("x+" * 10**6, 8, 150, 2)) < 100
    assert clean("a\x00b\ud800c\nd\te") == "a?b?c d e"
    assert clean("  ") == "?"
    assert told_apart(["a", "b", "a"]) == ["a", "b", "a (2)"]


def test_the_font_is_the_one_that_ships_with_matplotlib() -> None:
    from matplotlib.font_manager import FontProperties, findfont

    assert Path(findfont(FontProperties(family=FONT))).is_relative_to(mpl.get_data_path())


# --- bytes ------------------------------------------------------------------------------------

SCRIPT = """
import hashlib, json, sys
sys.path[:0] = {tests!r}
import test_pictures as t
from pathlib import Path
from matplotlib import rcParams
def current():
    return {{key: rcParams[key] for key in rcParams if key != "backend"}}
before = current()
digests = {{}}
for name in ("a.png", "a.svg", "a.pdf"):
    path = t.draw(*t.SCENES["five"], t.VIEW, Path({folder!r}) / name, title="α, β & $x$")
    digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
assert current() == before
assert "matplotlib.pyplot" not in sys.modules
print(json.dumps(digests))
"""


def _digests(folder: Path, **environment: str) -> dict[str, str]:
    folder.mkdir()
    script = SCRIPT.format(
        tests=[str(Path(__file__).parent), str(ROOT / "tests" / "oracles")], folder=str(folder)
    )
    root = str(ROOT)
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": root, **environment},
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    assert result.stderr == ""
    return dict(json.loads(result.stdout.splitlines()[-1]))


def test_the_same_input_gives_the_same_bytes_whatever_the_user_has_set(tmp_path: Path) -> None:
    settings_folder = tmp_path / "settings"
    settings_folder.mkdir()
    (settings_folder / "matplotlibrc").write_text(
        "font.size: 30\nfont.family: serif\naxes.linewidth: 9\nsavefig.dpi: 50\n"
        "svg.fonttype: none\nsavefig.bbox: tight\npath.simplify: False\naxes.grid: True\n"
        "savefig.transparent: True\nlines.linewidth: 7\npath.sketch: 1, 100, 2\n"
        "text.hinting: none\npdf.compression: 0\nfigure.autolayout: True\nbackend: TkAgg\n",
        encoding="utf-8",
    )
    first = _digests(tmp_path / "one", PYTHONHASHSEED="1", TZ="UTC", SOURCE_DATE_EPOCH="0")
    second = _digests(
        tmp_path / "two",
        PYTHONHASHSEED="2",
        TZ="Asia/Tokyo",
        SOURCE_DATE_EPOCH="86400",
        MPLCONFIGDIR=str(settings_folder),
        LC_ALL="C",
    )
    assert first == second
    here = draw(*SCENES["five"], VIEW, tmp_path / "a.pdf", title="α, β & $x$").read_bytes()
    assert hashlib.sha256(here).hexdigest() == first["a.pdf"]


def test_importing_the_package_is_light() -> None:
    code = (
        "import sys, actx.present.pictures, actx.analysis.curves;"
        "print([m for m in ('numpy', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    root = str(ROOT)
    environment = {**os.environ, "PYTHONPATH": root}
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_a_picture_says_what_it_shows(tmp_path: Path) -> None:
    out = draw(*SCENES["five"], VIEW, tmp_path / "a.svg", title="Five & more")
    text = out.read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "Five & more"
    description = next(root.iter("{http://purl.org/dc/elements/1.1/}description")).text
    assert description == "mish, hard-mish, swish, linear-swish, hard-mish-3, step"
    assert "<!-- hard-mish-3 -->" in text
    assert not list(root.iter("{http://www.w3.org/2000/svg}text"))  # outlines: the same everywhere
    pdf = draw(*SCENES["five"], VIEW, tmp_path / "a.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert b"/Subtype /Type3" not in pdf
    assert b"CreationDate" not in pdf


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "name", ["a--b", "\x00\x1b[31m", "\ud800", "]]>", "<!--", "漢字", "👍", "x" * 5000, "", "−∞"]
)
def test_any_name_gives_a_well_formed_picture(name: str, tmp_path: Path) -> None:
    curve = dataclasses.replace(_curve("swish"), name=name, family=name)
    target = dataclasses.replace(_target(), name=name)
    ET.fromstring(draw([curve], target, VIEW, tmp_path / "a.svg", title=name).read_bytes())
    draw([curve], target, VIEW, tmp_path / "a.pdf", title=name, layout=Layout.SINGLE)


@pytest.mark.parametrize(
    ("count", "name", "width"),
    [(1, "a.png", 2160), (len(REGISTRY), "a.png", 3840), (len(REGISTRY), "b.PNG", 3840)],
)
def test_the_layout_follows_from_the_file_and_the_number_of_curves(
    count: int, name: str, width: int, tmp_path: Path
) -> None:
    out = draw(_curves(REGISTRY[: count + 1]), _target(), VIEW, tmp_path / name)
    content = out.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == width


def test_the_target_among_the_curves_is_drawn_once(tmp_path: Path) -> None:
    curves, target = SCENES["five"]
    assert target is not None
    a = draw([*curves, target], target, VIEW, tmp_path / "a.svg").read_bytes()
    assert a == draw(curves, target, VIEW, tmp_path / "b.svg").read_bytes()
    again = _curve("mish")  # sampled once more
    assert a == draw([again, *curves], target, VIEW, tmp_path / "b.svg").read_bytes()


# --- writing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.", ".png", "-", "", "a.png.txt", "a.\x00png"])
def test_an_unknown_ending_is_wrong_usage(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputEndingError, match=r"\.png, \.svg or \.pdf") as caught:
        check_output(str(tmp_path / name) if name else "")
    assert caught.value.status == ExitStatus.USAGE
    assert isinstance(caught.value, UsageError)
    assert isinstance(caught.value, PictureError)
    assert "\n" not in str(caught.value)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe.png")
    for name, message in {
        "missing/a.png": "there is no folder",
        "folder.png": "is a folder",
        "file/a.png": "not a folder",
        "pipe.png": "not an ordinary file",
        "x" * 300 + ".png": "cannot be written",
        "nul\x00.png": "cannot be written",
    }.items():
        with pytest.raises(PictureError, match=message) as caught:
            draw([], _target(), VIEW, tmp_path / name)
        assert caught.value.status == ExitStatus.FAILED
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.png", "pipe.png"]


def test_write_protection_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The tests may run as root, for whom everything is writable.
    kept = tmp_path / "kept.png"
    kept.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != kept)
    with pytest.raises(PictureError, match="write-protected"):
        check_output(kept)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    with pytest.raises(PictureError, match="may not be written"):
        check_output(tmp_path / "new.png")


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
@pytest.mark.parametrize("old", [None, b"old"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_picture_is_written_whole_or_not_at_all(
    step: str,
    old: bytes | None,
    failure: BaseException,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "a.svg"
    if old is not None:
        out.write_bytes(old)

    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("builtins.open" if step == "open" else f"os.{step}", fail)
    with pytest.raises((PictureError, KeyboardInterrupt)) as caught:
        write_whole(out, b"new")
    monkeypatch.undo()
    if isinstance(failure, OSError):
        assert "No space left on device" in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ([] if old is None else ["a.svg"])
    assert old is None or out.read_bytes() == old


def test_a_fault_in_drawing_leaves_nothing(tmp_path: Path) -> None:
    broken = dataclasses.replace(_curve("swish"), y=np.array(["x"] * len(_curve("swish").x)))
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever NumPy says
        draw([broken], _target(), VIEW, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_permissions_follow_the_umask_or_the_file_that_is_replaced(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        out = draw([], _target(), VIEW, tmp_path / "a.svg")
        assert stat.S_IMODE(out.stat().st_mode) == 0o640
        out.chmod(0o604)
        draw([], _target(), VIEW, out)
        assert stat.S_IMODE(out.stat().st_mode) == 0o604
    finally:
        os.umask(before)


def test_a_symbolic_link_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    link = tmp_path / "link.svg"
    link.symlink_to(real / "file.svg")
    draw([], _target(), VIEW, link)
    assert link.is_symlink()
    assert (real / "file.svg").read_bytes().startswith(b"<?xml")
    assert [p.name for p in real.iterdir()] == ["file.svg"]


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ((-math.inf, 1), "finite view"),
        ((0, math.nan), "finite view"),
        ((1, 1), "LO < HI"),
        ((2, 1), "LO < HI"),
        ((1, 1 + 1e-14), "too narrow"),
        ((-1.7e308, 1.7e308), "too wide"),
    ],
)
def test_an_impossible_view_is_told(
    view: tuple[float, float], message: str, tmp_path: Path
) -> None:
    with pytest.raises(PictureError, match=message):
        draw([], _target(), view, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_no_curve_no_picture(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="no curve"):
        draw([], None, VIEW, tmp_path / "a.png")


def test_samples_of_different_length_are_a_mistake() -> None:
    x = np.zeros(3)
    with pytest.raises(ValueError, match="differ in length"):
        Curve("a", "b", x, x, np.zeros(4))
