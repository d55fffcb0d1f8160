"""Tables, for which there is no code yet."""

from __future__ import annotations

from actx.core.errors import UsageError
from actx.language.operations import LOOKUP
from actx.language.tree import Node, walk


def check_no_table(tree: Node) -> None:
    """Raises UsageError for a tree that holds a table."""
    if any(part.op == LOOKUP for part in walk(tree)):
        raise UsageError("Code for tables, such as {0: 0, 1: 1}(x), cannot be written yet.")
