"""The report page: one HTML file with everything in it.

`write_page` is the whole interface. The page is built as a tree of elements (the standard
library's), which escapes all text when it is written out; no template is filled in.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from actx.present.pictures.output import PAGES, check_output, write_whole

if TYPE_CHECKING:
    from actx.present.page.contents import Contents

__all__ = ["write_page"]


def write_page(contents: Contents, output: str | Path) -> Path:
    """Write the page into the file `output`, whole or not at all; return its path.

    The same contents give the same bytes (for one version of matplotlib). Raises OutputEndingError
    for an ending other than .html, and PictureError where nothing can be written or drawn.
    """
    path = Path(output)
    check_output(path, PAGES)
    from actx.present.page.document import document

    write_whole(path, document(contents))
    return path
