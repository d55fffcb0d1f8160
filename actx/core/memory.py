"""What the system's C library does with memory that is freed."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt, in <malloc.h>
_KEPT = 1 << 30  # bytes
_LARGEST_FROM_HEAP = 1 << 25  # the largest that glibc takes


def keep_freed_memory() -> None:
    """Have glibc keep what is freed for what is asked for next.

    Else each larger array would be new memory, which the system has to clear first; that takes as
    long as a cheap function of its numbers. Nothing happens where there is no glibc. For processes
    of our own, and for timing.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _LARGEST_FROM_HEAP)
        library.mallopt(_TRIM_THRESHOLD, _KEPT)
