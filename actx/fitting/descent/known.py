"""What a search has reached already, so that later starts need not go there again."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from actx.core.arrays import Array

_PATIENCE, _HOPELESS = 10, 1.1  # rounds after which a solver gives up so far above what is known
_SAME = 1e-4  # places nearer than this, relative to their sizes, lead to one optimum
_NOISE = 1e-9  # values on other panels differ by less


class Known:
    """Optima that were reached, with their values."""

    def __init__(self, optima: Sequence[tuple[Array, float]] = ()) -> None:
        self._optima = optima
        self._best = min((value for _, value in optima), default=math.inf)

    def ends(self, p: Array, value: float, rounds: float = math.inf) -> bool:
        """Whether a solver need not go on from p, which it has reached in so many rounds.

        It has had its time and is far above the best value, or it has come near to a known optimum
        from above.
        """
        if rounds > _PATIENCE and value > _HOPELESS * self._best:
            return True
        return any(
            level <= value * (1 + _NOISE) and apart(p, q) < _SAME for q, level in self._optima
        )


NOTHING = Known()


def apart(p: Array, q: Array) -> float:
    """How far two points lie apart, relative to their sizes."""
    return float(np.max(np.abs(p - q) / (np.abs(p) + np.abs(q) + 1e-9), initial=0.0))
