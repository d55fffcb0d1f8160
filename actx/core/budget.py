"""How much work a proof may take."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

PRECISION = 96  # bits to begin with; raised where they do not do
HIGHER_PRECISION = (96, 256)

DEFAULT_BUDGET = 2.0  # seconds of processor time for the proofs of one formula or pair


@dataclass
class Budget:
    """A number of seconds of this thread's processor time, running from when it is made.

    What other programs do beside it, or other threads, does not change what is proven.
    """

    seconds: float
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.thread_time() + self.seconds

    @property
    def spent(self) -> bool:
        return time.thread_time() > self._end

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._end - time.thread_time())

    def part(self, share: float) -> Budget:
        """A budget of its own of at most a share of what is left."""
        return Budget(share * self.left)

    def of(self, seconds: float) -> Budget:
        """A budget of its own of some seconds, if they are left."""
        return Budget(min(seconds, self.left))
