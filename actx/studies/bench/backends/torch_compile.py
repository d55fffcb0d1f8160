"""PyTorch with its compiler: what the backend torch runs, by torch.compile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from actx.studies.bench.backends import Backend, Settings
from actx.studies.bench.backends import torch as eager

DTYPES = eager.DTYPES
THREADS = True


@contextmanager
def start(settings: Settings) -> Iterator[Backend]:
    """Run with torch.compile; otherwise as with torch."""
    with eager.start(settings) as running:
        running.compiled = True
        yield running
