"""The formulas of the registry that references.json has."""

from __future__ import annotations

import json
from pathlib import Path

_FILE = Path(__file__).parent / "references" / "references.json"
CHECKED = frozenset(json.loads(_FILE.read_text()))
