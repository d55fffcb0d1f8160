"""What `actx explore` gathers: plain, frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from actx.analysis.results import ComparisonRow
from actx.calculus.formula import Formula
from actx.core.domain import Ends
from actx.core.views import Shown
from actx.fitting.results import Optimality


@dataclass(frozen=True)
class Mark:
    """Values of the parameters that are worth a look, and what they give.

    what: the norm that they make small ("max", "l2" or "data"), "registry" for an entry's own,
    "given" for those of a formula without free parameters.
    optimality: what is proven of their being the best; None for those that are not claimed to be.
    over: which values that holds for, in words.
    """

    what: str
    parameters: Mapping[str, float]
    row: ComparisonRow
    optimality: Optimality | None = None
    over: str = "all values"


@dataclass(frozen=True)
class Pair:
    """A template against a target: where they are compared, and the marked values."""

    target: str
    domain: Ends
    marks: tuple[Mark, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slider:
    """A free parameter: the ends of its slider, and the bounds that its values must keep to."""

    name: str
    ends: tuple[float, float]
    bounds: tuple[float, float]


@dataclass(frozen=True)
class Template:
    """One template with its sliders; formula: with values for all parameters, to begin with."""

    name: str
    text: str
    formula: Formula
    sliders: tuple[Slider, ...]
    pairs: tuple[Pair, ...]

    hidden: ClassVar[tuple[str, ...]] = ("formula",)


@dataclass(frozen=True, repr=False)
class Explorer(Shown):
    """Templates to play with, against one target or several (`actx explore`).

    view: the part of the x axis to begin with. output: the page, where it was written. inputs: of
    data that were given some that stand for all, each with its share.
    """

    templates: tuple[Template, ...]
    targets: tuple[Formula, ...]
    view: tuple[float, float]
    budget: float | None = None
    output: str | None = None
    inputs: tuple[tuple[float, float], ...] = ()

    hidden: ClassVar[tuple[str, ...]] = ("targets", "inputs")
