"""How a result shows itself, though nothing down here knows how that is done.

A result inherits from `Shown`, whose methods ask a presenter; `actx.api` installs the one that
there is. So a record that was unpickled, or made by hand, shows itself as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Presenter(Protocol):
    """What shows results."""

    def text(self, result: Shown, /) -> str: ...
    def html(self, result: Shown, /) -> str: ...
    def markup(self, result: Shown, name: str, /) -> str: ...
    def fields(self, result: Shown, /) -> dict[str, Any]: ...
    def rows(self, result: Shown, /) -> list[dict[str, Any]]: ...
    def figure(self, result: Shown, ax: Axes | Sequence[Axes] | None, /) -> Figure: ...
    def save(self, result: Shown, path: str | Path, width: str | float | None, /) -> Path: ...


_presenter: list[Callable[[], Presenter]] = []


def show_with(presenter: Callable[[], Presenter]) -> None:
    """Have results shown by what this gives, which is asked for when one is shown."""
    _presenter[:] = [presenter]


class Shown:
    """A result that shows itself: as text, as JSON, as rows, and in a notebook."""

    __slots__ = ()

    derived: ClassVar[tuple[str, ...]] = ()  # properties that JSON has beside the fields

    @property
    def proofs(self) -> bool:
        """Whether proofs were asked for; what is not proven is marked then."""
        return getattr(self, "budget", None) is not None

    def __str__(self) -> str:
        """What the command prints where its output goes into a file."""
        return _presenter[0]().text(self)

    def __repr__(self) -> str:
        """The same: who asks in a console wants the answer, as with the tables of pandas."""
        return str(self)

    def _repr_html_(self) -> str:
        """The answer in a notebook: tables, and the picture where there is one."""
        return _presenter[0]().html(self)

    def to_latex(self) -> str:
        """Its tables for a paper, by the package booktabs, with the digits of the text."""
        return _presenter[0]().markup(self, "latex")

    def to_markdown(self) -> str:
        """The answer in Markdown, with the digits of the text."""
        return _presenter[0]().markup(self, "markdown")

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that the command writes."""
        return _presenter[0]().fields(self)

    def table(self) -> list[dict[str, Any]]:
        """Rows of plain values, all with the same keys, as `pandas.DataFrame` takes them.

        Of an interval there are a column _lower and one _upper; None stands for what is not known.
        """
        return _presenter[0]().rows(self)


class Pictured(Shown):
    """A result that there is a picture of."""

    __slots__ = ()

    def plot(self, ax: Axes | Sequence[Axes] | None = None) -> Figure:
        """The picture as a figure of matplotlib's, or drawn into axes of the caller's.

        Of several axes each takes a panel. Raises PictureError.
        """
        return _presenter[0]().figure(self, ax)

    def save(self, path: str | Path, width: str | float | None = None) -> Path:
        """Write the picture into a .png, .svg or .pdf file, whole or not at all; its path.

        width: for print, "column", "page" (both columns) or a number of mm, with letters to match.
        A morph may be a .gif as well, which moves. Raises PictureError, and UsageError for a width.
        """
        return _presenter[0]().save(self, path, width)
