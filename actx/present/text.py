"""A result as the text that its command writes into a file."""

from __future__ import annotations

import io
from typing import Any

from actx.core.views import Shown


def text(result: Shown) -> str:
    """Without a newline at the end, unless it is code. Raises TypeError for what has no text."""
    told = in_words(result)
    if told is not None:
        return told
    from actx.present.tables import sheet
    from actx.present.terminal import console, rendered

    return rendered(sheet(result), console(io.StringIO(), plain=True)).removesuffix("\n")


def in_words(result: Shown) -> str | None:
    """The text of a result that is one line or code, and None where there are tables."""
    known: Any = result
    match type(result).__name__:
        case "Export":
            return known.code if known.code is not None else f"{len(known.content)} bytes"
        case "Verdict":
            from actx.present.wording import verdict

            return verdict(known)
    return None
