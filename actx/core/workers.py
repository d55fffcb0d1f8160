"""Independent pieces of work in several processes at a time."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux: the signal at the end of the process above

# in a forked process: what it is to do; it has that as it has all else, so only outcomes travel
_work: Callable[[Any], Any] = id
_items: Sequence[Any] = ()


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processes(jobs: int, items: int) -> int:
    """How many processes work on so many items, of those asked for; 1 is this one, without more."""
    return max(1, min(jobs, items)) if sys.platform == "linux" else 1


def in_turn(
    work: Callable[[Item], Outcome], items: Sequence[Item], jobs: int = 1
) -> Iterator[Outcome]:
    """The outcomes of some work on each item, in the order of the items.

    jobs: how many processes work at a time; they are forked, so that they need not import anything,
    on Linux, and elsewhere this process does it all. What is raised in one is raised here.
    """
    jobs = processes(jobs, len(items))
    if jobs == 1:
        yield from map(work, items)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(jobs, get_context("fork"), _begin, (work, items)) as pool:
        try:
            yield from pool.map(_at, range(len(items)))
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(work: Callable[[Any], Any], items: Sequence[Any]) -> None:
    """In a new process; it ends with the one above, to which it is left to be interrupted."""
    import ctypes

    global _work, _items
    _work, _items = work, items
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _at(index: int) -> Any:
    return _work(_items[index])
