"""A network with the places that are found in it: what is looked at, replaced and measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from actx.calculus.formula import Formula
from actx.core.norms import NORMS, Norm
from actx.language.tree import Node
from actx.registry import Registry
from actx.studies.model.decoding import Decoding
from actx.studies.model.files import Network
from actx.studies.model.finding.regions import Region
from actx.studies.model.replacing import in_place, with_others
from actx.studies.model.results import Activation, Bounds
from actx.studies.model.tables import Looked
from actx.studies.search.families import Family


@dataclass(frozen=True)
class Subject:
    """regions, places: the same activations, as they stand in the graph and as they are told."""

    network: Network
    regions: Sequence[Region]
    places: Sequence[Activation]
    kinds: Mapping[str, int]
    registry: Registry

    def others(self, formulas: Mapping[int, Formula]) -> dict[int, Node]:
        """What the places compute with other formulas in them."""
        return {i: in_place(self.places[i], formula) for i, formula in formulas.items()}

    def with_others(self, others: Mapping[int, Node | Looked]) -> Any:
        """The network with other functions at some places. Raises ModelError."""
        return with_others(self.network, others, self.regions, self.kinds)

    def seeing(self, places: Sequence[Activation]) -> Subject:
        """The same with what the places see."""
        return replace(self, places=places)


@dataclass(frozen=True)
class Change:
    """What is put where.

    formulas: one that is put in, or none where tables are (`tables`); several, or none and
    `families`, are searched for the cheapest that keeps the outputs within `bounds`. at: as
    `actx.model` takes it. output: the file of the new network. norm: in which parameters are
    fitted. labels: as they were given. resume: the file of the search. decode: how outputs are read
    as texts. timed: whether costs are times in onnxruntime, or else operations.
    """

    formulas: Sequence[Formula]
    at: Sequence[str] = ()
    output: Path | None = None
    norm: Norm = NORMS["data"]
    bounds: Bounds | None = None
    families: Sequence[Family] = ()
    labels: Any = None
    resume: Path | None = None
    tables: bool = False
    decode: Decoding | None = None
    timed: bool = False
