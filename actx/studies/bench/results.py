"""What a benchmark returns: plain, frozen records. Times are nanoseconds for one number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from actx.analysis.results import MaxError
from actx.core.views import Pictured

BASELINE = "relu"


@dataclass(frozen=True)
class Spread:
    """A median with the quartiles about it."""

    median: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Timing:
    """How long something takes.

    time: nanoseconds for one number. relative: to relu's in the same round. samples: the times of
    all rounds, in order; calls: how often it was called for one sample.
    """

    time: Spread
    relative: Spread
    samples: tuple[float, ...]
    calls: int


@dataclass(frozen=True)
class BenchRow:
    """One formula.

    backend, code: what ran. forward: of the function; both: of the function and of its derivative
    times a gradient, saved: bytes for one number that are kept between the two, None where what ran
    has no derivative. limit: forward relative to copying the array in the same round. max_error: of
    the formula against the target, None where it cannot be told.
    """

    name: str
    formula: str
    backend: str
    code: str
    forward: Timing
    both: Timing | None
    saved: float | None
    limit: Spread
    max_error: MaxError | None


@dataclass(frozen=True, repr=False)
class Bench(Pictured):
    """Formulas timed in turn, by rising cost of the forward pass (`actx bench`).

    backend: its name, or several with commas between. size: numbers in an array. device: what they
    are computed on; processor: the machine's. baseline: what `relative` is relative to, in the
    first backend. copy: the time that copying an array into another takes, for one number, and
    moved: the bytes that this moves for it, read and written, as a function over the array does.
    output: the picture, where one was drawn.
    """

    derived: ClassVar[tuple[str, ...]] = ("bandwidth",)

    target: str
    target_formula: str
    backend: str
    dtype: str
    size: int
    threads: int
    rounds: int
    device: str
    processor: str
    versions: Mapping[str, str]
    baseline: str
    copy: Spread
    moved: int
    rows: tuple[BenchRow, ...]
    notes: tuple[str, ...] = ()
    output: Path | None = None

    @property
    def backends(self) -> tuple[str, ...]:
        """The names of the backends."""
        return tuple(self.backend.split(", "))

    @property
    def bandwidth(self) -> float:
        """What copying moves, in bytes a nanosecond, which are gigabytes a second."""
        return self.moved / self.copy.median

    @property
    def place(self) -> str:
        """What they were computed on."""
        return self.processor if self.device == "CPU" else self.device

    @property
    def thread_words(self) -> tuple[str, ...]:
        """The number of threads in words; nothing where they are a device's."""
        many = "s" if self.threads > 1 else ""
        return (f"{self.threads} thread{many}",) if self.device == "CPU" else ()
