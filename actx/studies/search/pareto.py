"""The Pareto front: what is better than everything that costs no more."""

from __future__ import annotations

from collections.abc import Sequence

TIE = 1e-9  # errors that agree to this part, relatively, are equal


def dominators(points: Sequence[tuple[float, float]], tie: float = TIE) -> list[int | None]:
    """For each (cost, error) the index of a point of the front that dominates it.

    A point dominates another where it costs no more and its error is no larger, and of two that
    agree in both the earlier one does. None for a point of the front, which is what is left; of
    those that dominate, the one with the smallest error is named. Neither number may be NaN.
    """
    order = sorted(range(len(points)), key=lambda i: (*points[i], i))
    found: list[int | None] = [None] * len(points)
    best: int | None = None
    for i in order:
        error = points[i][1]
        if best is not None and not error < points[best][1] * (1 - tie):
            found[i] = best
        else:
            best = i
    return found


def front(points: Sequence[tuple[float, float]], tie: float = TIE) -> list[int]:
    """The indices of the points that no other dominates, by rising cost."""
    kept = [i for i, by in enumerate(dominators(points, tie)) if by is None]
    return sorted(kept, key=lambda i: points[i])
