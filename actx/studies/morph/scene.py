"""What a picture of a morph is drawn from: sampled blends and the schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actx.analysis.curves import Curve
from actx.studies.morph.results import MorphStep


@dataclass(frozen=True)
class MorphScene:
    """All that a picture of a morph shows.

    curves: by t, those of t = 0 and 1 (the ends) among them. steps: what is shown, in order. path:
    the schedule at enough places to draw it. names: of the two ends.
    """

    names: tuple[str, str]
    curves: Mapping[float, Curve]
    steps: Sequence[MorphStep]
    path: Sequence[MorphStep]
    view: tuple[float, float]

    @property
    def layered(self) -> bool:
        """Whether the layers of the model differ somewhere."""
        return any(len(set(step.t)) > 1 for step in (*self.steps, *self.path))
