"""What a picture is drawn from: sampled curves, numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class KinkMark(NamedTuple):
    """A kink inside the view: its place on the curve and its order (0: the value jumps)."""

    x: float
    y: float
    order: int = 1


@dataclass(frozen=True)
class Curve:
    """One sampled formula.

    x: increasing, inside the view; each curve has its own grid.
    y, slope, error: as long as x, the value, the first derivative and y - target there. NaN
        breaks the line. A jump at x0 is written as three samples with the same x0: the left
        limit, NaN, the right limit; only the array that jumps needs the NaN. Between intervals of
        the domain one sample is NaN in all three. Infinite and very large values are allowed.
    error: None for the target, and where there is no target.
    minimum: (x, y) of the global minimum, if it is inside the view.
    kinks: those inside the view. Kinks of order 2 and more are drawn smaller than those of the
        value and the slope.

    Raises ValueError where the arrays differ in length (a mistake of the caller, not the user).
    """

    name: str
    family: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    slope: NDArray[np.float64]
    error: NDArray[np.float64] | None = None
    minimum: tuple[float, float] | None = None
    kinks: tuple[KinkMark, ...] = ()

    def __post_init__(self) -> None:
        lengths = {a.shape for a in (self.x, self.y, self.slope, self.error) if a is not None}
        if len(lengths) != 1 or len(self.x.shape) != 1:
            raise ValueError(f"the samples of {self.name!r} differ in length: {sorted(lengths)}")
