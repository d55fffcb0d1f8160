"""Pictures: of curves with their errors and derivatives, of costs, of a morph, of an experiment.

A `Drawing` says what is shown, and draws it where it is asked to: as a figure of matplotlib's, into
axes of the caller's, or as a file. Importing this package imports neither NumPy nor matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from actx.core.errors import PictureError
from actx.present.pictures.output import (
    MOVING_PICTURES,
    PICTURES,
    Format,
    OutputEndingError,
    check_output,
    write_whole,
)
from actx.present.pictures.sheet import Layout, sheet_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from actx.analysis.curves import Curve
    from actx.fitting.tables.results import TableSizes
    from actx.present.pictures.tabled import Scene as TableScene
    from actx.studies.bench.results import Bench
    from actx.studies.finetune.results import Finetuning
    from actx.studies.model.results import ModelReport
    from actx.studies.morph.scene import MorphScene
    from actx.studies.search.results import SearchResult

__all__ = [
    "Drawing", "Format", "Layout", "OutputEndingError", "check_output", "curves_drawn",
    "experiment_drawn", "front_drawn", "morph_drawn", "places_drawn", "table_drawn",
]  # fmt: skip

# From this many curves on, a bitmap is taken to be meant for a wide screen.
_MANY = 12
# Of a view's distance from zero: there floating-point numbers lie too far apart to draw lines.
_NARROWEST = 1e-12


@dataclass(frozen=True)
class Drawing:
    """What a picture shows, drawn when it is asked for.

    kind: the module of this package that draws it. scene: what that takes; printed: the same for a
    file that is not a bitmap, where it differs. formats: of its files.

    The same scene gives the same bytes (for one version of matplotlib), and neither matplotlib's
    settings nor pyplot's state are used or left changed.
    """

    kind: str
    scene: tuple[Any, ...]
    printed: tuple[Any, ...] | None = None
    formats: tuple[Format, ...] = PICTURES

    def figure(self) -> Figure:
        """A figure of its own, of which pyplot knows nothing."""
        from actx.present.pictures.setting import plain_settings

        with plain_settings():
            figure = self._built(Format.PNG)
            figure.draw_without_rendering()  # what is made late is made with these settings
        return figure

    def into(self, ax: Axes | Sequence[Axes]) -> Figure:
        """The figure of the axes, once the picture is drawn into them, with a legend.

        ax: a panel each; in one alone stands what is at the top of the figure. What is set for the
        caller's texts and ticks holds. Raises PictureError for more axes than there are panels.
        """
        from actx.present.pictures.setting import axes_of, literal_text

        axes = axes_of(ax)
        with literal_text():
            most = self._module.into(axes, *self.scene)
        if len(axes) > most:
            raise PictureError(f"There are {len(axes)} axes for a picture of {most} panels.")
        return cast("Figure", axes[0].get_figure())

    def of_width(self, width: str | float) -> Drawing:
        """The same for print, so wide: "column", "page", or a number of mm.

        What moves keeps its width. Raises UsageError for another width.
        """
        sheet = sheet_of(width)
        shown = self.scene[:-1] if self.kind == "figure" else self.scene[:1]
        return replace(self, scene=(*shown, sheet), printed=None)

    def content(self, file_format: Format) -> bytes:
        """What a file of this format holds. Raises PictureError where nothing can be drawn."""
        return self._made(file_format)[0]

    def write(self, output: str | Path) -> Figure | None:
        """Write a file, whole or not at all; the figure in it, None for what moves.

        Raises OutputEndingError (a UsageError) for an ending that is none of `formats`, and
        PictureError where nothing can be written or drawn.
        """
        file_format = check_output(output, self.formats)
        content, figure = self._made(file_format)
        write_whole(Path(output), content)
        return figure

    def _made(self, file_format: Format) -> tuple[bytes, Figure | None]:
        from actx.present.pictures.setting import plain_settings, saved

        with plain_settings():
            if file_format is Format.GIF:
                return self._module.moving(*self.scene), None
            figure = self._built(file_format)
            return saved(figure, file_format, *self._module.about(*self.scene)), figure

    def _built(self, file_format: Format) -> Figure:
        """The figure, to be called with the plain settings in force."""
        printed = self.printed if file_format is not Format.PNG else None
        figure: Figure = self._module.build(*(printed or self.scene))
        return figure

    @property
    def _module(self) -> Any:
        return import_module(f"actx.present.pictures.{self.kind}")  # late: it imports matplotlib


def curves_drawn(
    curves: Sequence[Curve],
    target: Curve | None,
    view: tuple[float, float],
    *,
    title: str = "",
    layout: Layout | None = None,
) -> Drawing:
    """Curves over each other, below them their errors, below those their derivatives.

    curves: what is drawn, in the order of the key; the target, known by its name, may be among
        them and is drawn once. Where there are many curves, those of one `family` share a hue.
    target: drawn thick and in front of the others; None leaves the error panel out.
    view: the finite ends of the x axis.
    title: a line above the picture; a paper has a caption instead, so there is none by default.
    layout: the size it is made for (`Layout`). By default a double column of print, and a wide
        screen for a bitmap of many curves.

    Raises PictureError where nothing can be drawn.
    """
    span = _checked(view)
    others = [curve for curve in curves if target is None or curve.name != target.name]
    if not others and target is None:
        raise PictureError("There is no curve to draw.")
    on_screen = Layout.WIDE if len(others) >= _MANY else Layout.DOUBLE
    shown = (others, target, span, title)
    printed = (*shown, layout or Layout.DOUBLE)
    return Drawing("figure", (*shown, layout or on_screen), printed)


def morph_drawn(scene: MorphScene) -> Drawing:
    """A morph: a panel a step, or for a .gif a frame a step."""
    _checked(scene.view)
    return Drawing("morphing", (scene,), formats=MOVING_PICTURES)


def front_drawn(result: SearchResult | Bench | TableSizes) -> Drawing:
    """Errors over costs, with the Pareto front. Raises PictureError where nothing was found."""
    from actx.present.pictures.points import points

    scene = points(result)
    if not scene.dots:
        raise PictureError("There is no formula to draw: nothing was found.")
    return Drawing("front", (scene,))


def table_drawn(scene: TableScene) -> Drawing:
    """The error of a table."""
    return Drawing("tabled", (scene,))


def places_drawn(result: ModelReport) -> Drawing:
    """What the activations of a network see, a histogram each. Raises PictureError without data."""
    found = []
    for i, place in enumerate(result.activations, 1):
        seen = place.inputs
        if seen is not None and seen.min < seen.max:
            bars = seen.histogram
            inner = (bars.lower + k * bars.width for k in range(len(bars.counts) + 1))
            edges = [min(max(edge, seen.min), seen.max) for edge in inner]
            found.append((f"{i}  {place.registry or place.formula}", edges, bars.counts))
    if not found:
        raise PictureError("There is no histogram to draw: no activation was seen with data.")
    return Drawing("places", (tuple(found),))


def experiment_drawn(result: Finetuning) -> Drawing:
    """Accuracies, losses, and pruned networks."""
    return Drawing("finetuning", (result,))


def _checked(view: tuple[float, float]) -> tuple[float, float]:
    """The view, if it can be drawn. Raises PictureError."""
    lo, hi = view
    if not (math.isfinite(lo) and math.isfinite(hi) and lo < hi):
        raise PictureError(f"A picture needs a finite view LO:HI with LO < HI, not {lo:g}:{hi:g}.")
    if not _NARROWEST * max(abs(lo), abs(hi)) < hi - lo < math.inf:
        raise PictureError(f"The view {lo!r}:{hi!r} is too narrow or too wide to be drawn.")
    return view
