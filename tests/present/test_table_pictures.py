"""Pictures of tables: what they show is inside the sheet, and drawn from their numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn import extents_of, texts_of

import actx


@pytest.mark.parametrize("smooth", [0, -1])
def test_the_error_lies_between_what_is_proven(smooth: int, tmp_path: Path) -> None:
    found = actx.table("tanh", 7, domain="-4:4", smooth=smooth)
    figure = found.plot()
    error, *_ = sorted(figure.axes[0].lines, key=lambda line: -len(line.get_xdata()))
    x, y = np.asarray(error.get_xdata()), np.asarray(error.get_ydata())
    assert (x[0], x[-1]) == (-4.0, 4.0)
    assert 0.98 * found.bound.upper <= np.max(np.abs(y)) <= found.bound.upper
    if found.values is not None:
        assert y == pytest.approx(np.interp(x, found.knots, found.values) - np.tanh(x), abs=1e-14)
    texts = texts_of(figure)
    width, height = figure.canvas.get_width_height()
    for box in extents_of(figure, texts):
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height
    path = found.save(tmp_path / "error.svg")
    assert path.read_bytes() == found.save(tmp_path / "again.svg").read_bytes()


def test_sizes_are_drawn_where_they_are() -> None:
    found = actx.table_sizes("tanh", [16, 32, 64], domain="-4:4")
    assert [row["segments"] for row in found.table()] == [16, 32, 64]
    for size in found.sizes:
        assert 0 < size.lower <= size.upper <= size.lower * 1.001
        assert size.upper == pytest.approx(size.theory, rel=1 / size.segments)
    assert any(t.get_text() == "pieces" for t in texts_of(found.plot()))


def test_a_limit_of_other_pieces_is_called_so() -> None:
    found = actx.table_sizes("tanh", [4, 8], domain="-4:4", degree=2, smooth=1)
    assert "those of pieces that need not meet tend to" in " ".join(str(found).split())
    assert any("need not meet" in t.get_text() for t in texts_of(found.plot()))
    lines = actx.table_sizes("tanh", [4, 8], domain="-4:4")
    assert "they tend to" in " ".join(str(lines).split())


def test_the_limit_is_that_of_a_parabola() -> None:
    """x^2 by lines: 1/(8 N^2) on 0:1 for any N."""
    for size in actx.table_sizes("x^2", [2, 5], domain="0:1", smooth=-1).sizes:
        assert size.theory == pytest.approx(1 / (8 * size.segments**2), rel=1e-9)
        assert size.upper == pytest.approx(size.theory, rel=1e-6)


@pytest.mark.parametrize("asked", [{"input": "int8:0.06,3"}, {"like": "hls4ml"}])
def test_the_error_of_integers_is_drawn_at_every_input(
    asked: dict[str, str], tmp_path: Path
) -> None:
    found = actx.integer_table("tanh", **asked)  # type: ignore[arg-type]
    figure = found.plot()
    error, *_ = sorted(figure.axes[0].lines, key=lambda line: -len(line.get_xdata()))
    x, y = np.asarray(error.get_xdata()), np.asarray(error.get_ydata())
    assert x == pytest.approx(found.input.numbers)
    outputs = (found.outputs - found.output.zero) * found.output.scale
    assert y == pytest.approx(outputs - np.tanh(x), abs=1e-14)
    lo, hi = found.reached.error
    assert lo - 1e-14 <= np.max(np.abs(y)) <= hi + 1e-14
    assert any("no entries are below" in t.get_text() for t in texts_of(figure))
    assert found.save(tmp_path / "error.png").stat().st_size > 10_000
