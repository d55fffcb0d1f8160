"""One computation at a time, which leaves nothing behind.

python-flint keeps the precision of balls and the length of series in one context for all threads of
a process, and gives no other way to hand them on (python-flint 0.9, `flint.ctx`). So a thread that
computes has it to itself, begins with the precision that a new process has, and puts back what it
found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

_PREC, _CAP = 53, 10  # of a new process: bits, terms

_lock = RLock()
_depth = 0  # of blocks within one another, of the thread that has the lock


@contextmanager
def alone() -> Iterator[None]:
    """Run a block, or a function that this decorates, while no other thread is in such a one.

    Blocks may lie within one another. Afterwards flint's context is as it was.
    """
    global _depth
    with _lock:
        flint = sys.modules.get("flint")  # imported when it is first needed
        before = (_PREC, _CAP) if flint is None else (flint.ctx.prec, flint.ctx.cap)
        if flint is not None and not _depth:
            flint.ctx.prec, flint.ctx.cap = _PREC, _CAP
        _depth += 1
        try:
            yield
        finally:
            _depth -= 1
            if (flint := sys.modules.get("flint")) is not None:
                flint.ctx.prec, flint.ctx.cap = before
