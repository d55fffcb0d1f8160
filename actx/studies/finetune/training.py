"""Training one network, from its checkpoint on where there is one.

Everything random comes from seeds, so that the numbers are the same whenever and wherever in it the
training is broken off and gone on with.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from actx.core.errors import TrainingError, UsageError
from actx.core.files import shown
from actx.studies.finetune.checkpoint import Checkpoints
from actx.studies.finetune.data import Data
from actx.torch import Morph, set_progress

_TOGETHER = 512  # examples that are tested at a time
_SEEDS_APART = 1_000_003  # the order of examples is drawn from seed·this + epoch


@dataclass(frozen=True)
class Examples:
    """The data as tensors on the device."""

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor


@dataclass(frozen=True)
class Plan:
    """How a network is trained.

    stage: what its checkpoint is called; what: the same in words. first: the epochs that the
    network has behind it, so that networks of one seed see their examples in one order.
    blend_epochs: those in which the blends of the network go from 0 to 1; none where it has no
    blends.
    """

    stage: str
    what: str
    seed: int
    first: int
    epochs: int
    batch: int
    rate: float
    blend_epochs: int = 0


@dataclass
class Course:
    """What is told of a training; accuracies has one more, that before the first epoch."""

    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    blend: list[list[float]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def examples(data: Data, device: torch.device) -> Examples:
    """The data on a device."""
    parts = (data.train_x, data.train_y, data.test_x, data.test_y)
    return Examples(*(torch.tensor(part, device=device) for part in parts))


def device_of(name: str) -> torch.device:
    """The device "auto", "cpu" or "cuda". Raises UsageError where there is no such device."""
    found = torch.cuda.is_available()
    if name == "cuda" and not found:
        raise UsageError(
            "There is no CUDA device that torch can use here.", "Give {device}.", device="cpu"
        )
    return torch.device("cuda" if found and name != "cpu" else "cpu")


@contextmanager
def deterministic(threads: int) -> Iterator[None]:
    """Only algorithms that give the same bits each time; the caller's settings come back after."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS needs for that
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


def train(
    model: nn.Module,
    data: Examples,
    plan: Plan,
    checkpoints: Checkpoints,
    done: Callable[[str], None],
) -> Course:
    """Train a network in place and tell its course.

    done: called with what is trained after each epoch, also for those that a checkpoint has. Raises
    TrainingError where the loss is no number any more; the checkpoint of the last good epoch stays.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=plan.rate)
    course = Course()
    saved = checkpoints.load(plan.stage)
    if saved is not None:
        course = _restore(saved, model, optimizer)
    if not course.accuracies:
        course.accuracies.append(accuracy(model, data))
    for _ in course.losses:
        done(plan.what)
    for epoch in range(len(course.losses), plan.epochs):
        begun = _clock(data)
        loss = _epoch(model, data, optimizer, plan, epoch)
        seconds = _clock(data) - begun
        if not math.isfinite(loss):
            raise _diverged(plan, epoch, loss, checkpoints)
        course.losses.append(loss)
        course.seconds.append(seconds)
        course.accuracies.append(accuracy(model, data))
        course.blend.append([float(m.t) for m in model.modules() if isinstance(m, Morph)])
        checkpoints.save(plan.stage, _state(course, model, optimizer))
        done(plan.what)
    return course


def accuracy(model: nn.Module, data: Examples) -> float:
    """The share of the test examples that are classified right."""
    model.eval()
    with torch.no_grad():
        found = [model(part).argmax(dim=1) for part in data.test_x.split(_TOGETHER)]
    return int((torch.cat(found) == data.test_y).sum()) / len(data.test_y)


def _epoch(
    model: nn.Module, data: Examples, optimizer: torch.optim.Optimizer, plan: Plan, epoch: int
) -> float:
    """One pass over the training examples in an order of its own; the mean loss."""
    model.train()
    order = _order(len(data.train_y), plan.seed, plan.first + epoch).to(data.train_x.device)
    batches = order.split(plan.batch)
    total = torch.zeros((), dtype=torch.float64, device=data.train_x.device)
    for number, batch in enumerate(batches):
        _blend(model, plan, epoch, number / len(batches))
        loss = nn.functional.cross_entropy(model(data.train_x[batch]), data.train_y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)
    _blend(model, plan, epoch, 1.0)
    return float(total) / len(order)


def _order(count: int, seed: int, epoch: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed * _SEEDS_APART + epoch)
    return torch.randperm(count, generator=generator)


def _blend(model: nn.Module, plan: Plan, epoch: int, share: float) -> None:
    """Set the blends to where they are after a share of an epoch."""
    if plan.blend_epochs:
        set_progress(model, min((epoch + share) / plan.blend_epochs, 1.0))


def _clock(data: Examples) -> float:
    if data.train_x.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter()


def _state(course: Course, model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    return {
        "course": {name: list(values) for name, values in vars(course).items()},
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
    }


def _restore(
    saved: Mapping[str, Any], model: nn.Module, optimizer: torch.optim.Optimizer
) -> Course:
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    return Course(**saved["course"])


def _diverged(plan: Plan, epoch: int, loss: float, checkpoints: Checkpoints) -> TrainingError:
    kept = ""
    if checkpoints.folder is not None:
        kept = f" The checkpoints of the epochs before it are kept in {shown(checkpoints.folder)}."
    return TrainingError(
        f"The training loss became {loss:g} in epoch {epoch + 1} of {plan.what} (seed "
        f"{plan.seed}).{kept}",
        "A smaller {rate} may help, unless an activation has no value somewhere.",
        rate=None,
    )
