"""Report pages: each one HTML file with everything in it.

`write_page` is the whole interface. A page is built as a tree of elements (the standard
library's), which escapes all text when it is written out; no template is filled in.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from actx.present.pictures.output import PAGES, check_output, write_whole

if TYPE_CHECKING:
    from actx.present.page.contents import Contents
    from actx.studies.model.results import ModelReport

__all__ = ["write_page"]


def write_page(contents: Contents | ModelReport, output: str | Path) -> Path:
    """Write the page of formulas, or of a network, into a file whole or not at all; its path.

    The same contents give the same bytes (for one version of matplotlib). Raises OutputEndingError
    for an ending other than .html, and PictureError where nothing can be written or drawn.
    """
    path = Path(output)
    check_output(path, PAGES)
    if type(contents).__name__ == "ModelReport":
        from actx.present.page.network import network_page

        made = network_page(cast("ModelReport", contents))
    else:
        from actx.present.page.document import document

        made = document(cast("Contents", contents))
    write_whole(path, made)
    return path
