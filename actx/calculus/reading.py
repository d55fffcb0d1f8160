"""Formulas read with a registry, and values given to their parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from actx.calculus.formula import Formula, read_formula
from actx.core.alone import alone
from actx.core.errors import UsageError
from actx.language.tokens import english, suggestion
from actx.registry import Registry, load_registry

Value = TypeVar("Value")
# by parameter: a number, or an interval of numbers; the enclosures then hold for every one
Values = Mapping[str, float | tuple[float, float]]


@alone()
def formula(
    text: str | Formula,
    *,
    set: Values | None = None,
    registry: Registry | None = None,
) -> Formula:
    """Read a formula; it can be called on arrays, and has `derivative`, `parameters` and `text`.

    set: values for parameters, by English or Greek name. Raises FormulaError for text that cannot
    be read and UsageError for a parameter that the formula does not have.
    """
    return read_formulas([text], set, registry)[0]


def read_formulas(
    given: Sequence[str | Formula],
    values: Values | None,
    known: Registry | None,
    *,
    intervals: bool = False,
) -> list[Formula]:
    """The formulas, parameters set; each value must belong to one of them at least.

    intervals: whether a value may be an interval.
    """
    library = known or load_registry()
    read = [read_formula(text, library) if isinstance(text, str) else text for text in given]
    wanted = by_english_name(values or {}) if intervals else numbers(values or {})
    names = sorted({name for formula in read for name in formula.parameters})
    for name in wanted:
        if name not in names:
            have = f"the parameters here are {', '.join(names)}" if names else "there are none here"
            raise UsageError(
                f"No formula here has a parameter {name!r}: {have}.{suggestion(name, names)}"
            )
    return [formula.set(wanted) for formula in read]


def numbers(values: Values) -> dict[str, float]:
    """Values by English name that may not be intervals."""
    numbers: dict[str, float] = {}
    for name, value in by_english_name(values).items():
        if isinstance(value, tuple):
            raise UsageError(f"{name} needs one value here, not an interval of values.")
        numbers[name] = value
    return numbers


def by_english_name(values: Mapping[str, Value]) -> dict[str, Value]:
    return {english(name): value for name, value in values.items()}
