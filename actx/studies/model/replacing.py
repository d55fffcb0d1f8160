"""Activations replaced: the network with others in their places, and what that does to its outputs.

What is replaced is the formula f of a place that is α·f(βx + γ) + δ; its scale and shift stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from actx.analysis.statements.case import Case
from actx.analysis.statements.inequalities import largest
from actx.calculus.formula import Formula
from actx.codegen.arithmetic import arithmetic
from actx.codegen.choice import choose
from actx.codegen.languages.onnx import FORMS, nodes_of
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.core.errors import ActxError, ModelError, UsageError
from actx.core.files import shown
from actx.language.tree import Node
from actx.registry import Registry
from actx.studies.model.files import ModelFileError, Network, check_operators
from actx.studies.model.finding.normal import Scaling
from actx.studies.model.finding.regions import Region, used_by
from actx.studies.model.results import Activation
from actx.studies.model.tables import Looked

_SECONDS = 2.0  # for the proofs about one place
_TYPES = {1: "float32", 10: "float16", 11: "float64"}  # by TensorProto.DataType


def chosen(
    places: Sequence[Activation], at: Sequence[str], *, mixed: bool = False, unknown: bool = False
) -> list[int]:
    """The places that are meant. at: names of formulas, numbers from 1 on, or names of tensors.

    Without any it is all that are recognised, if they are of one formula, or may be mixed. unknown:
    whether others may be meant as well. Raises UsageError.
    """
    named = {place.registry for place in places if place.registry is not None}
    if not at and mixed:
        if not named:
            raise UsageError(
                f"None of the {len(places)} activations here is a formula of the registry, so that "
                "nothing can take the place of one."
            )
        return [i for i, place in enumerate(places) if place.recognised is not None]
    if not at:
        if len(named) != 1:
            raise UsageError(
                f"The activations here are {', '.join(sorted(named)) or 'of no known formula'}.",
                "Say which are to be replaced with {at}, by formula, number or tensor.",
                at=None,
            )
        at = list(named)
    found: set[int] = set()
    for name in at:
        alike = {
            i for i, place in enumerate(places) if name in (place.registry, place.name, str(i + 1))
        }
        if not alike:
            raise UsageError(
                f"There is no activation {shown(name)!r}: it is a formula that is found here "
                f"({', '.join(sorted(named)) or 'none is'}), a number from 1 to {len(places)}, or "
                "the tensor that an activation makes."
            )
        found |= alike
    strange = [i for i in found if places[i].recognised is None]
    if strange and not unknown:
        raise UsageError(
            f"The activation {min(strange) + 1}, {shown(places[min(strange)].formula)!r}, is none "
            "of the registry, so that nothing can take the place of its formula."
        )
    return sorted(found)


def is_open(formula: Formula) -> bool:
    """Whether parameters of a formula are left to a fit."""
    return any(name not in formula.defaults for name in formula.parameters)


def in_place(place: Activation, formula: Formula) -> Node:
    """What a place computes with another formula in it; parameters without a value stay open."""
    found = place.recognised
    assert found is not None
    tree = formula.tree if is_open(formula) else formula.bound
    return Scaling(*_exact(found.alpha, found.beta, found.gamma, found.delta)).of(tree)


def _exact(*values: float) -> Iterable[Fraction]:
    return [Fraction(repr(value)) for value in values]


def error(
    original: Node, other: Node, lo: float, hi: float, registry: Registry
) -> tuple[float, float] | None:
    """Proven to hold the largest |original - other| from lo to hi; None where nothing is."""
    if not lo < hi:
        return None
    case = Case(Domain(lo, hi), registry, lambda formula: formula.bound, Budget(_SECONDS))
    try:
        difference = case.verified(original).minus(case.verified(other))
        found = largest([difference], 0, case.budget)
    except (ActxError, ArithmeticError):
        return None
    return (found.lo, found.hi) if found.proven and difference.exact else None


def with_others(
    network: Network,
    others: Mapping[int, Node | Looked],
    regions: Sequence[Region],
    kinds: Mapping[str, int],
) -> Any:
    """The network as onnx's record, with others at some places. Raises ModelError.

    Nodes that nothing uses any more go; all else stays as it is.
    """
    from onnx.helper import make_node

    proto = type(network.proto)()
    proto.CopyFrom(network.proto)
    nodes = {i: [node] for i, node in enumerate(proto.graph.node)}
    for number, tree in others.items():
        region = regions[number]
        kind = _TYPES.get(kinds.get(region.source, 1))
        if kind is None:
            raise ModelError("Only float32, float16 and float64 can be replaced.")
        _check_alone(number, regions)
        prefix = _unused(proto, f"actx_{number + 1}_")
        if isinstance(tree, Looked):
            made, constants = tree.nodes(region.source, region.output, prefix)
        else:
            form = choose(tree, [arithmetic(kind)], FORMS).form.tree
            made, constants = nodes_of(form, kind, region.source, region.output, prefix)
        held = [make_node("Constant", [], [each.name], value=each) for each in constants]
        nodes[region.nodes[-1]] = [*held, *made]  # the last of a region makes its output
    left = [node for i in sorted(nodes) for node in nodes[i]]
    kept = _used(left, network.proto, [i for number in others for i in regions[number].nodes])
    del proto.graph.node[:]
    proto.graph.node.extend(kept)
    _check(proto, network)
    return proto


def around(number: int, regions: Sequence[Region]) -> int | None:
    """A place within which another is used, and which would change with that."""
    last = regions[number].nodes[-1]
    return next((i for i, r in enumerate(regions) if i != number and last in r.nodes), None)


def _check_alone(number: int, regions: Sequence[Region]) -> None:
    outer = around(number, regions)
    if outer is not None:
        raise ModelError(
            f"The activation {number + 1} is a part of the activation {outer + 1} as well, so that "
            "neither can be replaced by itself."
        )


def _unused(proto: Any, prefix: str) -> str:
    names = {name for node in proto.graph.node for name in node.output}
    names |= {each.name for each in proto.graph.initializer}
    while any(name.startswith(prefix) for name in names):
        prefix = f"_{prefix}"
    return prefix


def _used(nodes: Sequence[Any], before: Any, places: Iterable[int]) -> list[Any]:
    """The nodes without those of replaced regions, and constants, that nothing uses any more."""
    constant = {name for n in before.graph.node if n.op_type == "Constant" for name in n.output}
    gone = [before.graph.node[i] for i in places]
    loose = {name for node in gone for name in (*node.output, *constant.intersection(node.input))}
    wanted = {each.name for each in before.graph.output}
    kept = []
    for node in reversed(nodes):
        if loose.isdisjoint(node.output) or wanted.intersection(node.output):
            kept.append(node)
            wanted |= used_by(node)
    return kept[::-1]


def _check(proto: Any, network: Network) -> None:
    import onnx

    try:
        check_operators(proto, "The network with the replacement")
        if _passes(network.proto):
            onnx.checker.check_model(proto)
    except (ModelFileError, onnx.checker.ValidationError) as reason:
        told = shown(str(reason).split("\n")[0])
        raise ModelError(
            f"The replacement does not go into {shown(network.path)!r}: {told}"
        ) from None


def _passes(proto: Any) -> bool:
    """Whether onnx's checker has nothing against a network as it is."""
    import onnx

    try:
        onnx.checker.check_model(proto)
    except onnx.checker.ValidationError:
        return False
    return True
