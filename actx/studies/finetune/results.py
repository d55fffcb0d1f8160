"""What the experiment is asked for and what comes out: plain, frozen records.

Accuracies are shares of the test set that are classified right. Fields that begin with `seconds`
depend on the machine and its load; all others are the same in every run on one machine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from actx.core.schedule import Schedule
from actx.core.views import Pictured

# The sets of examples, and the function of sklearn.datasets for each.
DATASETS: Mapping[str, str] = {
    "digits": "load_digits",
    "wine": "load_wine",
    "breast-cancer": "load_breast_cancer",
    "iris": "load_iris",
}
# The ways to the new activation, as they are told apart in tables and JSON.
BEFORE, KEEP, SWAP, TRAIN_ON, BLEND, SCRATCH = (
    "before", "keep", "swap", "swap and train", "blend", "scratch",
)  # fmt: skip
PRUNING = ("magnitude", "activity")  # of a neuron: the norm of its weights, its mean |activation|


@dataclass(frozen=True)
class Settings:
    """What is trained, and how; checked by `actx.studies.finetune.checking`.

    epochs: with the old activation; tune_epochs: after the change; blend_epochs: of these, those in
    which the blend goes on. goal: an accuracy to be reached. rate: Adam's. prune: how neurons are
    chosen, None for no pruning; keep: the shares of them that are kept; prune_epochs: of training
    after that.
    """

    dataset: str
    epochs: int
    tune_epochs: int
    blend_epochs: int
    schedule: Schedule
    seeds: int
    hidden: tuple[int, ...]
    batch: int
    rate: float
    device: str
    threads: int
    goal: float
    prune: str | None = None
    keep: tuple[float, ...] = ()
    prune_epochs: int = 0

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares of neurons that are kept, one pruned network each."""
        return self.keep if self.prune else ()


@dataclass(frozen=True)
class Spread:
    """Values over the seeds: mean, standard deviation of a sample (nan for one value), range."""

    mean: float
    deviation: float
    least: float
    most: float
    values: tuple[float, ...]


def spread(values: Sequence[float]) -> Spread:
    """The spread of at least one value."""
    import statistics  # late: it takes a while, and every command imports this module

    deviation = statistics.stdev(values) if len(values) > 1 else math.nan
    return Spread(
        statistics.fmean(values), deviation, min(values), max(values), tuple(map(float, values))
    )


@dataclass(frozen=True)
class Run:
    """One network.

    accuracies: before the first epoch and after each; losses: the mean training loss of each epoch;
    blend: the t of each layer after each epoch, empty where nothing is blended. epochs_to_goal: the
    first number of epochs after which the goal is reached with the new activation alone, None where
    it never is.
    """

    seed: int
    accuracy: float
    accuracies: tuple[float, ...]
    losses: tuple[float, ...]
    blend: tuple[tuple[float, ...], ...]
    epochs_to_goal: int | None
    seconds: tuple[float, ...] = field(repr=False)


@dataclass(frozen=True)
class Way:
    """One way to train, over all seeds.

    name: one of the constants above. begins: the epochs that the network has behind it; epochs:
    trained here. reached: the number of seeds in which the goal is reached; epochs_to_goal: of
    these, None where there are none. seconds_per_epoch: the mean, nan where nothing is trained;
    seconds_to_goal: times the mean number of epochs, the compute budget.
    """

    name: str
    activation: str
    begins: int
    epochs: int
    accuracy: Spread
    reached: int
    epochs_to_goal: Spread | None
    seconds_per_epoch: float
    seconds_to_goal: float | None
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Difference:
    """Final accuracies, those of one way less those of another, by pairs of the same seed.

    ahead, behind: the number of seeds in which the first is better, and worse.
    """

    first: str
    second: str
    difference: Spread
    ahead: int
    behind: int


@dataclass(frozen=True)
class Pruned:
    """The network of the blend with fewer neurons.

    kept: the share; neurons: in each hidden layer; parameters: of the smaller network. at_once: the
    accuracy right after the pruning; accuracy: after the training that follows.
    """

    kept: float
    neurons: tuple[int, ...]
    parameters: int
    at_once: Spread
    accuracy: Spread


@dataclass(frozen=True)
class GivenNetwork:
    """A network that is trained on.

    activations: how many it has, and changed: of these. weights: numbers that are trained.
    labelled: whether there are labels; else they are what the network itself says before.
    """

    name: str
    activations: int
    changed: int
    weights: int
    labelled: bool


@dataclass(frozen=True, repr=False)
class Finetuning(Pictured):
    """The experiment (`actx finetune`).

    training, testing: the number of examples. network: the one that is trained on, None for those
    that are made for it, which alone have the way SCRATCH. output: the picture's file, where one
    was drawn; written: that of the network trained on with the new activation, of the first seed,
    and written_way: which one it is, the more accurate over the seeds.
    """

    from_: str
    from_formula: str
    to: str
    to_formula: str
    settings: Settings
    device: str
    features: int
    classes: int
    training: int
    testing: int
    ways: tuple[Way, ...]
    differences: tuple[Difference, ...]
    pruned: tuple[Pruned, ...]
    output: str | None = None
    network: GivenNetwork | None = None
    written: str | None = None
    written_way: str | None = None

    def way(self, name: str) -> Way:
        """The way of a name."""
        return next(way for way in self.ways if way.name == name)
