"""Processes that work for a search, and that end with it."""

from __future__ import annotations

import os
import threading
import time

_EVERY = 0.5  # seconds between looks at the parent

_watched: set[int] = set()


def end_with(search: int) -> None:
    """In a child of the process of that number: end when it has ended, however it did.

    joblib's processes would go on with what they do, and wait five minutes for more, if a search is
    killed. In any other process (of a cluster, or the search's own) nothing is done.
    """
    if os.getppid() != search or search in _watched:
        return
    _watched.add(search)
    threading.Thread(target=_watch, args=(search,), daemon=True).start()


def _watch(search: int) -> None:
    while os.getppid() == search:
        time.sleep(_EVERY)
    os._exit(1)
