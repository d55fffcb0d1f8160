"""What a report page is made from: results and sampled curves, no text of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actx.analysis.curves import Curve
from actx.analysis.results import Comparison, Exploration
from actx.language.tree import Node


@dataclass(frozen=True)
class Sheet:
    """One formula: what it is and what was found.

    tree: with nodes for its parameters; parameters: their values. source, family, aliases: of its
    registry entry, empty for one that is none.
    """

    name: str
    text: str
    tree: Node
    parameters: Mapping[str, float]
    found: Exploration
    source: str = ""
    family: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contents:
    """All that a page shows.

    comparison: the candidates against the target, in the order of the page. sheets: theirs, in the
    same order, and last that of the target. curves, target, view: of the picture.
    """

    comparison: Comparison
    sheets: Sequence[Sheet]
    curves: Sequence[Curve]
    target: Curve
    view: tuple[float, float]
