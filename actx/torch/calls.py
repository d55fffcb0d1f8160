"""Activations that are called as functions inside forward, as a module traced by torch.fx has them.

Such a place is found by what it computes: the operations from one value to another are run on
numbers by themselves, and held against the formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from actx.core.errors import UsageError
from actx.core.files import shown

POINTS: NDArray[np.float64] = np.linspace(-4, 4, 33)  # where functions are held against each other
ALIKE = 1e-4
_DEEPEST = 16  # operations of an activation that is written out
MOST = 16  # numbers that a module of an activation's holds


@dataclass(frozen=True)
class Call:
    """Operations of a traced module that together are a function of one value: source, output.

    between: the operations, in their order; the last makes the output.
    """

    source: fx.Node
    between: tuple[fx.Node, ...]

    @property
    def output(self) -> fx.Node:
        return self.between[-1]


def traced(module: nn.Module) -> fx.GraphModule:
    """A copy of a module as torch.fx traces it, in evaluation: what forward asks `self.training`
    stays answered so. Raises UsageError where it cannot be traced.
    """
    copy = deepcopy(module)
    training = copy.training
    try:
        made = fx.symbolic_trace(copy.eval())
    except Exception as error:  # whatever a forward does with what is no tensor
        reason = shown(" ".join(str(error).split())[:300])
        raise UsageError(
            f"An activation is called as a function inside forward, and torch.fx cannot trace "
            f"{type(module).__name__} to find the call: {reason.rstrip('.')}. Make the activation "
            "a module, such as torch.nn.SiLU(), or forward one that does not ask for values."
        ) from None
    made.graph.eliminate_dead_code()
    made.recompile()
    return made.train(training)


def calls(graph: fx.GraphModule, values: NDArray[np.float64]) -> list[Call]:
    """The places where a function with these values at POINTS is computed, in their order."""
    found: list[Call] = []
    order = {node: i for i, node in enumerate(graph.graph.nodes)}
    for node in graph.graph.nodes:
        for call in _to(graph, node, order):
            if any(other.output in call.between for other in found):
                break  # with something behind it that changes nothing
            if _is(graph, call, values):
                found.append(call)
                break
    return found


def put_in(graph: fx.GraphModule, call: Call, name: str, new: nn.Module) -> None:
    """Have a module, of a name in the traced one, compute what a call does."""
    graph.add_submodule(name, new)
    with graph.graph.inserting_after(call.output):
        made = graph.graph.call_module(name, (call.source,))
    call.output.replace_all_uses_with(made)
    graph.graph.eliminate_dead_code()
    graph.recompile()


def by_itself(graph: fx.GraphModule, call: Call) -> nn.Module:
    """A module that computes what a call does, with the very operations."""
    inner = fx.Graph()
    made = {call.source: inner.placeholder("x")}
    for node in call.between:
        made[node] = inner.node_copy(node, made.__getitem__)
    inner.output(made[call.output])
    root = nn.Module()
    for node in call.between:
        if node.op == "call_module":
            _place(root, str(node.target), deepcopy(graph.get_submodule(str(node.target))))
    return fx.GraphModule(root, inner)


def _place(root: nn.Module, name: str, module: nn.Module) -> None:
    *folders, last = name.split(".")
    for folder in folders:
        if not hasattr(root, folder):
            root.add_module(folder, nn.Module())
        root = root.get_submodule(folder)
    root.add_module(last, module)


def _to(graph: fx.GraphModule, output: fx.Node, order: Mapping[fx.Node, int]) -> Iterator[Call]:
    """The ways to see an operation as the last of a function of one value; the shortest first."""
    between: set[fx.Node] = set()
    last = output
    while len(between) < _DEEPEST and _may_be_part(graph, last):
        between.add(last)
        sources = {each for node in between for each in node.all_input_nodes} - between
        if not sources:
            return
        last = max(sources, key=order.__getitem__)
        if len(sources) == 1 and not any(_changes(node, last) for node in between):
            yield Call(last, tuple(sorted(between, key=order.__getitem__)))


def _may_be_part(graph: fx.GraphModule, node: fx.Node) -> bool:
    if node.op == "call_module":
        module = graph.get_submodule(str(node.target))
        return bool(sum(each.numel() for each in module.parameters()) <= MOST)
    return node.op in ("call_function", "call_method")


def _changes(node: fx.Node, source: fx.Node) -> bool:
    """Whether an operation writes into a value that others use as well."""
    name = getattr(node.target, "__name__", str(node.target))
    inplace = node.kwargs.get("inplace") is True or (name.endswith("_") and name[-2:] != "__")
    return inplace and source in node.all_input_nodes and len(source.users) > 1


def _is(graph: fx.GraphModule, call: Call, values: NDArray[np.float64]) -> bool:
    """Whether a call has these values at POINTS, whatever the shape that these are in."""
    order = np.random.default_rng(0).permutation(len(POINTS))
    for places in (np.arange(len(POINTS)), order.reshape(3, -1)):
        made = _run(graph, call, torch.from_numpy(POINTS[places]).float())
        if made is None or made.shape != places.shape:
            return False
        if not np.allclose(made.double().numpy(), values[places], rtol=ALIKE, atol=ALIKE):
            return False
    return True


def _run(graph: fx.GraphModule, call: Call, x: Tensor) -> Tensor | None:
    """What the operations of a call make of numbers; None where they cannot take them."""
    known: dict[fx.Node, Any] = {call.source: x}

    def given(what: Any) -> Any:
        return fx.node.map_arg(what, known.__getitem__)

    with torch.no_grad():
        try:
            for node in call.between:
                args, kwargs = given(node.args), given(node.kwargs)
                known[node] = _made(graph, node, args, kwargs)
        except Exception:  # whatever an operation says of such a shape
            return None
    made = known[call.output]
    return made.detach().cpu() if isinstance(made, Tensor) else None


def _made(graph: fx.GraphModule, node: fx.Node, args: Any, kwargs: Mapping[str, Any]) -> Any:
    args = tuple(each.clone() if isinstance(each, Tensor) else each for each in args)  # in place
    if node.op == "call_method":
        return getattr(args[0], str(node.target))(*args[1:], **kwargs)
    if node.op == "call_module":
        return deepcopy(graph.get_submodule(str(node.target))).cpu().eval()(*args, **kwargs)
    assert callable(node.target)
    return node.target(*args, **kwargs)


def matched(found: Sequence[Call], wanted: Iterable[Any], told: str) -> dict[Any, Call]:
    """The calls of the places of one function, both in the order in which they are computed.

    Raises UsageError where there are not as many.
    """
    places = list(wanted)
    if not found:
        raise UsageError(f"{told} is in no place of the module that torch.fx sees.")
    if len(found) != len(places):
        raise UsageError(
            f"{told} is called in {len(found)} places that torch.fx sees, and in {len(places)} of "
            "the network, so that it is not sure which is which. Make it a module, such as "
            "torch.nn.SiLU()."
        )
    return dict(zip(places, found, strict=True))
