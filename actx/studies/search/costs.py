"""What a formula costs in a search: its operations, or what was measured of its like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from actx.calculus.cost import cost
from actx.calculus.formula import read_formula
from actx.core.errors import UsageError
from actx.language.tree import NUMBER, Node, parameter, simplify, walk
from actx.language.tree import node as make
from actx.registry import Registry

_ANY = parameter("number")


@dataclass(frozen=True)
class Costs:
    """From a formula to the cost of one evaluation, None where it is not known; in which unit."""

    of: Callable[[Node], float | None]
    unit: str


OPERATIONS = Costs(cost, "weighted operations, one addition = 1")


def measured_costs(path: str | Path, registry: Registry) -> Costs:
    """The costs of a file with a bench's JSON document, for formulas that differ in numbers only.

    What code does, and so its time, does not depend on the values of coefficients. Of several
    formulas of one form the median counts. Raises CostFileError (a UsageError).
    """
    from actx.studies.bench.measured import load_costs

    found: dict[Node, list[float]] = {}
    for text, value in load_costs(path).items():
        try:
            formula = read_formula(text, registry).bound
        except UsageError:
            continue  # a name, whose formula stands beside it
        found.setdefault(form(formula), []).append(value)
    costs = {key: median(values) for key, values in found.items()}
    return Costs(lambda tree: costs.get(form(tree)), "relu's time, measured")


def form(tree: Node) -> Node:
    """A formula with one and the same letter for all numbers but exponents."""
    done: dict[Node, Node] = {}
    for current in walk(simplify(tree)):
        if current.op == NUMBER:
            done[current] = _ANY
        elif current.op == "pow":
            done[current] = make("pow", done[current.args[0]], current.args[1])
        elif current.args:
            done[current] = make(current.op, *(done[a] for a in current.args))
        else:
            done[current] = current
    return done[simplify(tree)]
