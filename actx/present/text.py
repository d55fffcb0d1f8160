"""Results written: as the text that their commands print, or as JSON."""

from __future__ import annotations

import io
from typing import Any

from actx.core.views import Shown
from actx.present.sheets.tables import sheet
from actx.present.terminal import console, rendered, write, write_json, write_tables


def present(result: Shown, as_json: bool, markup: str | None = None) -> None:
    """Write the result of an analysis in the form that was asked for.

    markup: a name of `actx.present.markup.MARKUPS`, for tables in it.
    """
    if as_json:
        write_json(result)
        return
    if markup is not None:
        from actx.present.markup import MARKUPS

        write(MARKUPS[markup](result))
        return
    told = in_words(result)
    if told is None:
        write_tables(sheet(result))
    else:
        write(told if told.endswith("\n") else f"{told}\n")


def text(result: Shown) -> str:
    """Without a newline at the end, unless it is code. Raises TypeError for what has no text."""
    told = in_words(result)
    if told is not None:
        return told
    return rendered(sheet(result), console(io.StringIO(), plain=True)).removesuffix("\n")


def in_words(result: Shown) -> str | None:
    """The text of a result that is one line or code, and None where there are tables."""
    known: Any = result
    match type(result).__name__:
        case "Export":
            return known.code if known.code is not None else f"{len(known.content)} bytes"
        case "Verdict":
            from actx.present.sheets.wording import verdict

            return verdict(known)
    return None
