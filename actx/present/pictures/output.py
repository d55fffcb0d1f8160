"""Where a picture or a page goes: the ending, the place, and writing it whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from actx.core.errors import PictureError, UsageError
from actx.core.files import check_place, shown, write_file


class Format(StrEnum):
    """The formats of the files that are written; the value is the file's ending without its dot."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"
    GIF = "gif"  # a picture that moves
    HTML = "html"  # a page


PICTURES = (Format.PNG, Format.SVG, Format.PDF)
MOVING_PICTURES = (*PICTURES, Format.GIF)
PAGES = (Format.HTML,)


class OutputEndingError(PictureError, UsageError):
    """The ending of the output file names no format that actx writes."""

    status = UsageError.status


def check_output(output: str | Path, formats: Sequence[Format] = PICTURES) -> Format:
    """The format that the ending of `output` asks for, once it is sure that it can be written.

    formats: those that can be asked for. Cheap, so that a wrong place is told before anything is
    computed. Raises OutputEndingError for an unknown ending, PictureError for a missing folder, a
    folder or a device in the file's place, and a place that may not be written.
    """
    path = Path(output)
    file_format = _format(path, formats)
    check_place(path, _what(file_format.value), PictureError)
    return file_format


def _format(path: Path, formats: Sequence[Format]) -> Format:
    ending = path.suffix.lower().removeprefix(".")
    if ending in formats:
        return Format(ending)
    what = _what(formats[0].value)
    fault = f"the ending .{shown(ending)} is not one" if ending else "there is no ending"
    known = [f".{each}" for each in formats]
    listed = " or ".join([", ".join(known[:-1]), known[-1]] if known[1:] else known)
    example = "report.html" if what == "page" else "curves.png"
    raise OutputEndingError(
        f"The ending of the output file says what {what} it becomes, {listed}; "
        f"in {shown(path)} {fault}.",
        "Write for example {output}.",
        output=example,
    )


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` into the file `path`, or leave what was there. Raises PictureError."""
    write_file(path, content, _what(path.suffix.lower().removeprefix(".")), PictureError)


def _what(ending: str) -> str:
    """What a file of this ending is called."""
    return "page" if ending in PAGES else "picture"
