"""Progress on stderr for work that takes longer than a second, on a terminal only."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from actx.present.terminal import console

if TYPE_CHECKING:
    from rich.progress import Progress

DELAY = 1.0  # seconds before anything is shown


class ProgressBar:
    """A bar that appears after DELAY seconds and leaves nothing behind.

    Use as a context manager; the object is the `progress(done, total, what)` callable of the API.
    Work that never calls it still gets a spinner with the time that has passed.
    """

    def __init__(self, what: str, stream: TextIO | None = None, delay: float = DELAY) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._state: tuple[int, int | None, str] = (0, None, what)
        self._lock = threading.Lock()
        self._bar: Progress | None = None
        self._over = False
        self._timer: threading.Timer | None = None
        if self._stream is not None and self._stream.isatty():
            self._timer = threading.Timer(delay, self._appear)
            self._timer.daemon = True

    def __enter__(self) -> ProgressBar:
        if self._timer is not None:
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._bar is not None:
                self._bar.stop()

    def __call__(self, done: int, total: int, what: str) -> None:
        with self._lock:
            self._state = (done, total, what)
            self._refresh()

    def _appear(self) -> None:
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        with self._lock:
            if self._over:
                return
            self._bar = Progress(
                SpinnerColumn("line"),
                BarColumn(),
                TimeElapsedColumn(),
                TextColumn("left", style="dim"),
                TimeRemainingColumn(),
                TextColumn("{task.description}", markup=False),
                console=console(self._stream),
                transient=True,
            )
            self._bar.add_task(self._state[2], total=None)
            self._refresh()
            self._bar.start()

    def _refresh(self) -> None:
        if self._bar is not None:
            done, total, what = self._state
            self._bar.update(self._bar.task_ids[0], completed=done, total=total, description=what)
