"""Which form of a function the code computes: the cheapest that is right in its arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from actx.calculus.cost import cost
from actx.codegen.arithmetic import Arithmetic, Errors, Inaccuracy, errors_of
from actx.codegen.forms import Form, alternatives, lowered, prepared
from actx.codegen.guards import guarded
from actx.language.tree import Node

RIGHT = 4.0  # ulps: a form with no larger error is right
_NOT_WORSE = 1.5  # times the error of the best form in a binade, where none is right (in far tails)
_MOST_FORMS = 24


@dataclass(frozen=True)
class Choice:
    """The form that code computes, and its errors in each arithmetic it was chosen for."""

    form: Form
    errors: tuple[Errors, ...]
    cost: float

    @property
    def worst(self) -> float:
        """The largest error in ulps, infinite where some value is not a number but should be."""
        return max(each.worst.ulps for each in self.errors)


def choose(
    tree: Node,
    hows: Sequence[Arithmetic],
    forms: Mapping[str, Node],
    kept: frozenset[str] = frozenset(),
) -> Choice:
    """The cheapest form of a function that is right in all the arithmetics.

    forms: what stands for operations that the language lacks (`forms.lowered`). kept: operations
    that stay as they are, because the language computes them well. Right is an error
    of at most RIGHT ulps; in a binade of x where no form reaches that, as in a tail that is badly
    conditioned, an error not much larger than the smallest.
    """
    return _choose(tree, tuple(hows), tuple(forms.items()), kept)


@lru_cache(maxsize=256)
def _choose(
    tree: Node,
    hows: tuple[Arithmetic, ...],
    forms: tuple[tuple[str, Node], ...],
    kept: frozenset[str],
) -> Choice:
    candidates = [
        form.map(lambda part: lowered(part, dict(forms)))
        for form in alternatives(prepared(tree), kept)
    ]
    tried: list[Choice] = []
    enough = np.inf  # the cost of the cheapest form that is known to be right
    for candidate in sorted(candidates, key=lambda form: cost(form.tree))[:_MOST_FORMS]:
        if cost(candidate.tree) >= enough:
            break
        tried.append(_tried(candidate, tree, hows))
        if tried[-1].worst <= RIGHT:
            enough = min(enough, tried[-1].cost)
    return min(_right(tried), key=lambda choice: choice.cost)


def _right(tried: Sequence[Choice]) -> list[Choice]:
    """The forms whose errors are small everywhere, or the one with the smallest there is."""
    profiles = np.array([[each.profile for each in choice.errors] for choice in tried])
    least = profiles.min(axis=0)
    least[:, -1] = profiles.max(axis=2).min(axis=0)  # forms do not switch at the same places
    right = (profiles <= np.maximum(RIGHT, _NOT_WORSE * least)).all(axis=(1, 2))
    found = [choice for choice, is_right in zip(tried, right, strict=True) if is_right]
    return found or [min(tried, key=lambda choice: choice.worst)]


def _tried(form: Form, tree: Node, hows: Sequence[Arithmetic]) -> Choice:
    complete = guarded(form, tree, hows)
    errors = tuple(errors_of(complete.tree, tree, how) for how in hows)
    return Choice(complete, errors, cost(complete.tree))


def measured(choice: Choice, tree: Node, how: Arithmetic) -> Inaccuracy:
    """The error of a chosen form at many more numbers than served to choose it."""
    return errors_of(choice.form.tree, tree, how, fine=True).worst


def choose_open(
    tree: Node,
    bound: Node,
    values: Mapping[Node, Node],
    hows: Sequence[Arithmetic],
    forms: Mapping[str, Node],
) -> Form:
    """A form of a function whose parameters stay open: the one that floats can work with.

    bound: the function at the given values of its parameters, at which it is made right at the
    ends. Cheaper forms are not tried, as they may be wrong at other values.
    """
    return guarded(Form(lowered(prepared(tree), forms)), bound, hows, values)
