"""Time on the CPU."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable


def seconds(call: Callable[[], object], calls: int, threads: int) -> float:
    """How long so many calls take.

    For one thread the time that it has a processor, so that other programs do not count; for
    several the time that passes.
    """
    alone = threads == 1 and sys.platform != "win32"  # where that time comes in ticks of 16 ms
    clock = time.thread_time if alone else time.perf_counter
    start = clock()
    for _ in range(calls):
        call()
    return clock() - start
