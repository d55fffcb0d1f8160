"""Pictures: the curves over each other, below them their errors, below those their derivatives.

`draw`, `draw_morph` and `picture` are the whole interface; `check_output` tells beforehand whether
there is a place to write. Importing this package imports neither NumPy nor matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from actx.core.errors import PictureError
from actx.present.pictures.output import (
    MOVING_PICTURES,
    Format,
    OutputEndingError,
    check_output,
    write_whole,
)
from actx.present.pictures.sheet import Layout

if TYPE_CHECKING:
    from actx.analysis.curves import Curve
    from actx.studies.finetune.results import Finetuning
    from actx.studies.morph.scene import MorphScene
    from actx.studies.search.results import SearchResult

__all__ = [
    "Format",
    "Layout",
    "OutputEndingError",
    "check_output",
    "draw",
    "draw_finetuning",
    "draw_front",
    "draw_morph",
    "picture",
]

# From this many curves on, a bitmap is taken to be meant for a wide screen.
_MANY = 12
# Of a view's distance from zero: there floating-point numbers lie too far apart to draw lines.
_NARROWEST = 1e-12


def draw(
    curves: Sequence[Curve],
    target: Curve | None,
    view: tuple[float, float],
    output: str | Path,
    *,
    title: str = "",
    layout: Layout | None = None,
) -> Path:
    """Draw `curves` and `target` over `view` into the file `output`; return its path.

    curves: what is drawn, in the order of the key; the target, known by its name, may be among
        them and is drawn once. Where there are many curves, those of one `family` share a hue.
    target: drawn thick and in front of the others; None leaves the error panel out.
    view: the finite ends of the x axis.
    title: a line above the picture; a paper has a caption instead, so there is none by default.
    layout: the size it is made for (`Layout`). By default a double column of print, and a wide
        screen for a bitmap of many curves.

    The same input gives the same bytes (for one version of matplotlib). The file is written
    whole or not at all. Raises OutputEndingError (a UsageError) for an ending other than .png,
    .svg and .pdf, PictureError where nothing can be written or drawn.
    """
    path = Path(output)
    file_format = check_output(path)
    content = picture(curves, target, view, file_format, title=title, layout=layout)
    write_whole(path, content)
    return path


def picture(
    curves: Sequence[Curve],
    target: Curve | None,
    view: tuple[float, float],
    file_format: Format,
    *,
    title: str = "",
    layout: Layout | None = None,
) -> bytes:
    """What `draw` writes into its file. Raises PictureError where nothing can be drawn."""
    lo, hi = _checked(view)
    others = [curve for curve in curves if target is None or curve.name != target.name]
    if not others and target is None:
        raise PictureError("There is no curve to draw.")
    if layout is None:
        on_screen = file_format is Format.PNG and len(others) >= _MANY
        layout = Layout.WIDE if on_screen else Layout.DOUBLE
    from actx.present.pictures.figure import render  # late: it imports matplotlib

    return render(others, target, (lo, hi), file_format, title, layout)


def draw_morph(scene: MorphScene, output: str | Path) -> Path:
    """Draw a morph into the file `output`: a panel a step, or for a .gif a frame a step.

    The same input gives the same bytes (for one version of matplotlib and Pillow). Raises as
    `draw`, but knows .gif as well.
    """
    path = Path(output)
    file_format = check_output(path, MOVING_PICTURES)
    _checked(scene.view)
    from actx.present.pictures.morphing import render  # late: it imports matplotlib

    write_whole(path, render(scene, file_format))
    return path


def draw_front(result: SearchResult, output: str | Path) -> Path:
    """Draw a search into the file `output`: errors over costs, with the Pareto front. As `draw`."""
    path = Path(output)
    file_format = check_output(path)
    if not (result.front or result.known):
        raise PictureError("There is no formula to draw: nothing was found.")
    from actx.present.pictures.front import render, scene  # late: it imports matplotlib

    write_whole(path, render(scene(result), file_format))
    return path


def draw_finetuning(result: Finetuning, output: str | Path) -> Path:
    """Draw an experiment into the file `output`: accuracies, losses, and pruned networks.

    Raises as `draw`.
    """
    path = Path(output)
    file_format = check_output(path)
    from actx.present.pictures.finetuning import render  # late: it imports matplotlib

    write_whole(path, render(result, file_format))
    return path


def _checked(view: tuple[float, float]) -> tuple[float, float]:
    """The view, if it can be drawn. Raises PictureError."""
    lo, hi = view
    if not (math.isfinite(lo) and math.isfinite(hi) and lo < hi):
        raise PictureError(f"A picture needs a finite view LO:HI with LO < HI, not {lo:g}:{hi:g}.")
    if not _NARROWEST * max(abs(lo), abs(hi)) < hi - lo < math.inf:
        raise PictureError(f"The view {lo!r}:{hi!r} is too narrow or too wide to be drawn.")
    return view
