"""What is found out about a network: plain, frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from actx.core.views import Pictured
from actx.studies.model.finding.recognise import Recognised

if TYPE_CHECKING:
    from torch import nn

QUANTILES = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999)


@dataclass(frozen=True)
class Bars:
    """A histogram: counts of the cells [lower + k·width, lower + (k+1)·width)."""

    lower: float
    width: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Seen:
    """The inputs of an activation over the data.

    count: of finite numbers; others: of infinite and undefined ones. min, max: exact. mean, std:
    computed in float64. quantiles: by share, each as an interval that it lies in.
    """

    count: int
    others: int
    min: float
    max: float
    mean: float
    std: float
    quantiles: Mapping[str, tuple[float, float]]
    histogram: Bars


@dataclass(frozen=True)
class Outputs:
    """The numbers that a network gives out over the data.

    count: of finite numbers, which min, max (exact) and mean are of. right: rows whose largest
    entry is where the label says; None without labels.
    """

    count: int
    min: float
    max: float
    mean: float
    right: int | None = None


@dataclass(frozen=True)
class Times:
    """Seconds for all examples, both networks run in turn; of each batch the least of some runs."""

    before: float
    after: float


@dataclass(frozen=True)
class Effect:
    """What replacements do to the outputs.

    examples: that it was measured on; fewer than there are where it was clear before the last that
    the outputs do not stay within what is asked. rows: vectors along the last axis of all outputs,
    and kept: those whose largest entry is where it was; of an output of integers, such as labels,
    each is a row, and kept where it is the same; where outputs are read as texts, each text is a
    row. largest: the largest difference of a number
    in any output. before, after: the outputs. time: None where it was not taken.
    """

    examples: int
    kept: int
    rows: int
    largest: float
    before: Outputs
    after: Outputs
    time: Times | None = None

    derived: ClassVar[tuple[str, ...]] = ("agreement",)

    @property
    def agreement(self) -> float:
        """The share of rows that are kept."""
        return self.kept / self.rows if self.rows else 1.0


@dataclass(frozen=True)
class Bounds:
    """What the outputs are to stay within, where replacements are searched for.

    keep: the least share of rows whose largest entry stays where it was, or with labels, of the
    rows that were right, how many must be right after; None for no such bound. tolerance: the
    largest difference of a number in any output. labels: whether there are some. texts: whether
    rows are texts that are read from the outputs.
    """

    keep: float | None
    tolerance: float | None = None
    labels: bool = False
    texts: bool = False


@dataclass(frozen=True)
class Trial:
    """A formula that was tried at a place.

    formula: f's replacement. cost: as the report's `costs` says. data_rms: the root mean square of
    what it differs by over what the place sees, scaled as there. alone: what it does to the outputs
    where nothing else is replaced; None where that was not measured. reason: why it is not taken,
    None where it could be.
    """

    formula: str
    cost: float
    data_rms: float | None = None
    alone: Effect | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Activation:
    """An activation of a network.

    name: the tensor that it makes; input: the one that it is a function of; module: the submodule
    that computes it, of a network that torch.export wrote. formula: that function,
    its constants as the shortest decimals that round to them in their own type. recognised: as a
    formula of the registry, None for none. operators: the nodes that compute it. elements: numbers
    for one example, None where they are not known. inputs: what it sees, and time: its share of the
    time of all nodes; None without data. replacement: the formula that takes its place, None where
    none does; error: proven to hold the largest difference of both from the least to the greatest
    input seen; data_rms: the root mean square of the difference over the inputs, computed from
    their histogram; alone: what that does to the outputs where nothing else is replaced. cost: of
    the formula, as the report's `costs` says, else as `actx search` counts it, and new_cost: of
    what takes its place. trials: what a
    search tried here, the cheapest first, and why: what came of that.
    """

    name: str
    input: str
    formula: str
    recognised: Recognised | None
    operators: tuple[str, ...]
    elements: int | None
    inputs: Seen | None = None
    time: float | None = None
    replacement: str | None = None
    error: tuple[float, float] | None = None
    data_rms: float | None = None
    alone: Effect | None = None
    cost: float | None = None
    new_cost: float | None = None
    module: str | None = None
    trials: tuple[Trial, ...] = ()
    why: str | None = None

    derived: ClassVar[tuple[str, ...]] = ("registry",)

    @property
    def registry(self) -> str | None:
        """The name of the formula that it is, scaled and shifted or not."""
        return None if self.recognised is None else self.recognised.name


@dataclass(frozen=True, repr=False)
class ModelReport(Pictured):
    """The activations of a network, in its order (`actx model`).

    nodes: how many the network has. examples: that were run, None without data. versions: of what
    ran them. outputs: what all replacements together do; bounds: what a search kept them within;
    decode: how they are read as texts; costs: what its costs are. written: the file of the network
    with them, and files: pictures and pages. stopped: whether it was interrupted, so that there is
    only what was measured until then.
    """

    model: Path
    nodes: int
    activations: tuple[Activation, ...]
    examples: int | None = None
    outputs: Effect | None = None
    bounds: Bounds | None = None
    decode: str | None = None
    costs: str | None = None
    written: Path | None = None
    files: tuple[Path, ...] = ()
    stopped: bool = False
    versions: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()

    derived: ClassVar[tuple[str, ...]] = ("time",)

    @property
    def time(self) -> Times | None:
        """What all replacements together do to the time."""
        return None if self.outputs is None else self.outputs.time

    def apply(self, module: nn.Module, blend: str | None = None) -> nn.Module:
        """A copy of a module of PyTorch's with the replacements in place, as `actx.torch` has them.

        module: the one that the report is of. blend: a schedule, for blends of what is there and
        what takes its place, to be trained. Raises UsageError where nothing was replaced, or
        something that is no submodule by itself; MissingPackageError.
        """
        from actx.core.errors import UsageError, optional_module

        if any(place.replacement and place.new_cost is None for place in self.activations):
            raise UsageError("A table of integers does not go into a module of PyTorch's.")
        optional_module("torch", "Modules are those of PyTorch", "torch")
        from actx.torch.applying import applied

        return applied(module, self.activations, blend)
