"""A network that is given: its data, the activations that are changed, what is written of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from actx.calculus.formula import Formula, read_formula
from actx.core.errors import ModelError, UsageError
from actx.core.files import shown, write_file
from actx.core.schedule import Schedule
from actx.language.text import to_text
from actx.language.tree import Node
from actx.registry import Registry
from actx.studies.finetune.data import TESTING, Data
from actx.studies.finetune.given.network import OnnxModule, held
from actx.studies.finetune.results import GivenNetwork
from actx.studies.model.data import Inputs, inputs_for
from actx.studies.model.files import Network, load
from actx.studies.model.keeping import digest, digest_of
from actx.studies.model.labels import labels_of
from actx.studies.model.model import check_folder, found_in
from actx.studies.model.modules import exported, is_module
from actx.studies.model.replacing import chosen
from actx.studies.model.running import run, session
from actx.studies.model.subject import Subject
from actx.torch import Activation, Morph, activation, replace_activations

# Of the largest output, by which a row of PyTorch's may be off onnxruntime's: the middle one, and
# any. Networks with a difference of nearly equal numbers give what is off by 1e-3 by themselves,
# where onnxruntime runs more or fewer examples together.
_ALIKE = 1e-3, 5e-2
_SUM = 1e-3  # by which the sum of a row of probabilities may be off 1


@dataclass(frozen=True)
class Given:
    """A network to be trained on, as `actx.studies.finetune.networks` takes it.

    others: what the changed places compute then, by their numbers. output: the tensor of rows, and
    logs: whether these are probabilities. x: the examples; y: the entry that should be the largest
    for each.
    """

    subject: Subject
    others: Mapping[int, Node]
    output: str
    logs: bool
    inputs: Inputs
    x: NDArray[Any]
    y: NDArray[np.int64]
    classes: int
    told: GivenNetwork

    from_start = False

    @property
    def begins(self) -> Formula:
        """The formula that is changed; of several places, that of the first."""
        found = self.subject.places[min(self.others)].recognised
        assert found is not None
        return read_formula(found.name, self.subject.registry).set(found.parameters)

    @property
    def described(self) -> dict[str, str]:
        """What tells the network and its data from others."""
        names = ("network", "data", "labels")
        arrays = ({"": self.y}, self.inputs.arrays)
        made = digest_of(self.subject.network), *map(digest, arrays[::-1])
        return {f"{name} (a digest)": each for name, each in zip(names, made, strict=True)}

    def data(self, seed: int) -> Data:
        """The examples, a part of them held back by the seed."""
        order = np.random.default_rng(seed).permutation(len(self.x))
        testing, training = np.split(order, [max(1, round(TESTING * len(order)))])
        return Data(
            self.x[training], self.y[training], self.x[testing], self.y[testing], self.classes
        )

    def network(self, seed: int, new: bool = False) -> nn.Module:
        """The network as it is given. Raises ModelError."""
        regions = {i: self.subject.regions[i] for i in self.others}
        return OnnxModule(self.subject.network, regions, self.output, self.logs)

    def change(self, model: nn.Module, blend: Schedule | None = None) -> None:
        """Put the new activations into a network of this kind, or blends with the old ones."""
        new = {
            to_text(self.subject.regions[i].tree): to_text(tree) for i, tree in self.others.items()
        }

        def made(old: nn.Module) -> nn.Module:
            assert isinstance(old, Activation)
            after = activation(new[old.text])
            return after if blend is None else Morph(old, after, blend)

        replace_activations(model, Activation, made)

    def write(self, model: nn.Module, path: Path) -> None:
        """Write the network with the new activations, and weights trained with them.

        Raises ModelError where onnxruntime does not compute what PyTorch does.
        """
        from onnx.numpy_helper import from_array

        assert isinstance(model, OnnxModule)
        proto = self.subject.with_others(self.others)
        weights = model.weights()
        for name, tensor in held(proto):
            if name in weights:
                tensor.CopyFrom(from_array(weights[name], tensor.name))
        self.compare(model, proto)
        write_file(path, proto.SerializeToString(), "network", ModelError)

    def compare(self, model: OnnxModule, proto: Any) -> None:
        """Raise ModelError where PyTorch's rows are not onnxruntime's, of the first examples."""
        batch = self.inputs.part(0)
        (wanted,) = run(session(proto, self.subject.network), [self.output], batch)
        (x,) = batch.values()
        device = next(model.parameters(), torch.zeros(0)).device
        with torch.no_grad():
            rows = model.eval()(torch.tensor(x, device=device)).cpu().numpy()
        rows = np.exp(rows) if self.logs else rows
        if rows.shape != wanted.shape:
            raise ModelError("PyTorch makes outputs of another shape of the network.")
        off = np.abs(rows - wanted).max(axis=1) / max(1.0, float(np.abs(wanted).max()))
        if not (np.median(off) <= _ALIKE[0] and off.max() <= _ALIKE[1]):
            raise ModelError(
                f"What PyTorch makes of the network is off by {off.max():.3g} from what "
                "onnxruntime does, so that it cannot be trained on here."
            )


def given(
    model: Any, data: Any, labels: Any, from_: Formula | None, to: Formula, registry: Registry
) -> Given:
    """A network with examples for it.

    model, data: as `actx.model` takes them. labels: as there; None for what the network itself
    says. from_: what is changed, None for the one formula that there is. Raises UsageError,
    DataError, ModelFileError, ModelError, MissingPackageError.
    """
    if is_module(model):
        network, data = exported(model, data)
    else:
        network = load(model)
    inputs = inputs_for(data, network.inputs)
    if len(inputs.arrays) != 1:
        raise ModelError(f"The network has {len(inputs.arrays)} inputs; one of one is trained on.")
    subject = found_in(network, registry)
    places = chosen(subject.places, _at(from_, subject))
    others = subject.others(dict.fromkeys(places, to))
    subject.with_others(others)
    output, rows = _rows(network, inputs)
    classes = rows.shape[1]
    y = rows.argmax(axis=1) if labels is None else labels_of(labels, len(rows))
    if y.max() >= classes:
        raise UsageError(
            f"There is a label {y.max()}; the network has {classes} entries in a row, from 0 on."
        )
    if len(rows) < 2:
        raise UsageError("One example is held back and one trained on, at least; there is one.")
    (x,) = replace(inputs, batch=inputs.count).part(0).values()
    logs = bool((rows >= 0).all() and np.abs(rows.sum(axis=1) - 1).max() < _SUM)
    told = GivenNetwork(
        shown(network.path.name), len(subject.places), len(places), 0, labels is not None
    )
    made = Given(subject, others, output, logs, inputs, x, y, classes, told)
    module = made.network(0)
    assert isinstance(module, OnnxModule)
    made.compare(module, network.proto)
    weights = sum(each.numel() for each in module.parameters())
    if not weights:
        raise ModelError("The network has no weights of float32 or float64 to be trained.")
    return replace(made, told=replace(told, weights=weights))


def check_output(found: Given, path: Path) -> None:
    """Raise UsageError where a new network cannot be put."""
    check_folder(path, found.subject.network)


def _at(from_: Formula | None, subject: Subject) -> list[str]:
    """What is changed, as places are named."""
    if from_ is not None:
        return [from_.name]
    kinds = sorted({each.registry for each in subject.places if each.registry is not None})
    if len(kinds) != 1:
        raise UsageError(
            f"The activations of the network are {', '.join(kinds) or 'of no known formula'}.",
            "Say which are to be changed with {from_}.",
            from_=None,
        )
    return kinds


def _rows(network: Network, inputs: Inputs) -> tuple[str, NDArray[Any]]:
    """The output of one row for each example, and its rows for all. Raises ModelError."""
    ready = session(network.proto, network)
    names = [each.name for each in network.proto.graph.output]
    found: str | None = None
    rows = []
    for batch in inputs.batches():
        made = dict(zip(names, run(ready, names, batch), strict=True))
        size = len(next(iter(batch.values())))
        if found is None:
            found = next((name for name, each in made.items() if _is_rows(each, size)), None)
        if found is None:
            shapes = ", ".join(" × ".join(map(str, each.shape)) for each in made.values())
            raise ModelError(
                f"No output has a row of several numbers for each example; of {size} examples "
                f"together they are of the shapes {shapes}."
            )
        rows.append(made[found])
    assert found is not None
    return found, np.concatenate(rows)


def _is_rows(output: Any, examples: int) -> bool:
    kind = getattr(output, "dtype", np.dtype(object)).kind
    return kind == "f" and output.ndim == 2 and len(output) == examples and output.shape[1] > 1
