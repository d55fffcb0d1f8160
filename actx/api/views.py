"""How results show themselves: what `actx.core.views` asks."""

from __future__ import annotations

from actx.present.html import html
from actx.present.json import fields_of as fields
from actx.present.rows import rows
from actx.present.text import text

__all__ = ["fields", "html", "rows", "text"]
