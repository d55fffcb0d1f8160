"""`actx fit` as text: the fitted formula, then its errors beside other parameter values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from actx.core.norms import NORMS, integral_norms
from actx.core.numbers import domain, number, outward, place
from actx.fitting.results import Bound, Certificate, Fit, FitVariant, Optimality
from actx.language.text import abridged
from actx.present.sheets.certainty import UNMARKED, Certainty
from actx.present.sheets.errors import norm, over_data, place_of
from actx.present.sheets.layout import (
    NAME,
    QUIET,
    Column,
    Columns,
    aligned,
    facts_grid,
    indented,
    notes,
    numbers,
    words,
)


def fit(result: Fit, certainty: Certainty) -> Iterator[RenderableType]:
    """The sheet of a fit; its errors as in a comparison, those of the values beside as computed."""
    yield Text.assemble(
        (abridged(result.template), NAME),
        " fitted to ",
        (result.target, NAME),
        f" on {domain(result.domain)}",
        overflow="fold",
    )
    yield Text()
    facts: list[tuple[str, RenderableType]] = [
        (name, _value(result, name)) for name in result.parameters
    ]
    facts.append((_measure(result), _objective(result, certainty)))
    yield facts_grid([*facts, ("formula", _formula(result)), *_shown_for(result)])
    if result.data is not None:
        yield Text()
        told = over_data(result.data, certainty)
        yield facts_grid((label, f"{value}  {count}") for label, value, count in told)
    yield Text()
    yield indented(_choices(result, certainty))
    if result.alternation:
        yield Text()
        yield indented(_alternation(result))
    legend = certainty.legend()
    if legend:
        yield Text()
        yield Text(f"  {legend}", style=QUIET)
    yield from notes(result.notes)


def _objective(result: Fit, certainty: Certainty) -> str:
    """What was made small, with the digits that its enclosure or its bound tells."""
    if result.criterion == "error" and not NORMS[result.norm].sampled:
        return norm(result, result.norm, certainty)
    bound = result.bound
    if bound is None or bound.gap > _NARROW:
        return certainty.computed(result.objective)
    return certainty.number(result.objective, (bound.lower, bound.upper), proven=True)


def _value(result: Fit, name: str) -> str:
    """A parameter: exactly where it was rounded, else to ten digits."""
    if result.rounded is not None and name in result.rounded.texts:
        return result.rounded.texts[name]
    if name in result.endless:
        return "grows without end" if result.parameters[name] > 0 else "falls without end"
    return number(result.parameters[name], 10)


def _formula(result: Fit) -> str:
    """The fitted formula; where parameters have no end, the template and where they go."""
    if not result.endless:
        return result.formula
    limits = (f"{name} {_limit(result.parameters[name])}" for name in result.endless)
    return f"{result.template} as {', '.join(limits)}"


def _limit(value: float) -> str:
    return "→ ∞" if value > 0 else "→ -∞"


def _measure(result: Fit) -> str:
    """What was made small, and in which norm."""
    if result.criterion == "error":
        return NORMS[result.norm].words
    return f"{result.norm} of the {result.criterion}"


def _shown_for(result: Fit) -> Iterator[tuple[str, RenderableType]]:
    """What is known of the values: how they were rounded, what they meet, what proves them."""
    rounded = result.rounded
    if rounded is not None:
        found = f"the best found in {rounded.tries} tries"
        if rounded.complete:
            found += ", with none left to try"
        yield (
            "rounded",
            f"{rounded.grid}, {found}: the error rises by {_part(rounded.loss)} over the optimum's "
            f"({_part(rounded.plain_loss)} when each value is rounded by itself)",
        )
    for met in result.requirements:
        off = "holds" if met.off_by <= _ROUNDING else f"holds to {met.off_by:.1g}"
        yield "required", f"{met.text}: {off}"
    if result.bound is not None:
        yield "bound", _bound(result.bound, list(result.parameters))
    if result.certificate is not None:
        proof = result.certificate
        yield "optimum", f"{_standing(proof, result.bound)}; {_lowered(proof.detail)}"


def _standing(proof: Certificate, bound: Bound | None) -> str:
    """What is proven of the values, and of which values they are the best."""
    words = _PROOFS[proof.optimality]
    if proof.optimality is Optimality.GLOBAL and bound is not None and bound.over != "all values":
        return f"{words} with {bound.over}"
    return words


def _bound(bound: Bound, names: Sequence[str]) -> str:
    """What no values can go below, in words; the number is rounded down, the gap up."""
    if bound.by == "none":
        return "none is proven"
    if bound.upper == 0:
        return "proven: the error is 0"
    where = "" if bound.over == "all values" else f" ({bound.over})"
    lower, _ = outward((bound.lower, bound.lower), 10)
    least = f"no values of {_shortened(names)}{where} give less than {lower}"
    if not math.isfinite(bound.upper):
        return f"proven: {least}"
    return f"proven: {least}; gap {_at_most(bound.gap)}"


def _at_most(gap: float) -> str:
    """A gap to one digit, rounded up; what rounding makes of smaller ones is not worth a digit."""
    return outward((gap, max(gap, _LEAST_GAP)), 1)[1]


def _shortened(names: Sequence[str]) -> str:
    """The parameters' names; of many, the first and the last."""
    if len(names) > _MANY:
        return f"{names[0]}, {names[1]} … {names[-1]}"
    return ", ".join(names)


_LEAST_GAP = 0.99e-13
_MANY = 6
_PROOFS = {
    Optimality.GLOBAL: "proven to be the best of all",
    Optimality.LOCAL: "proven to be the best of all values near",
    Optimality.SEARCHED: "found by search only",
}


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].removesuffix(".")


def _part(loss: float) -> str:
    return f"{100 * loss:.3g} %" if math.isfinite(loss) else "infinitely much"


_NARROW = 1e-6  # a gap up to which a bound and what is reached tell the same digits
_ROUNDING = 1e-12  # a requirement that fails by less holds


def _choices(result: Fit, certainty: Certainty) -> Columns:
    """The fit and its variants side by side, a column each: their parameters, then their errors."""
    names = list(result.parameters)
    label = "rounded (this fit)" if result.rounded else f"{result.norm} (this fit)"
    columns = [_choice(result, names, label, certainty, NAME)]
    for variant in result.variants:
        label = certainty.word(variant.label, proven=False)
        columns.append(_choice(variant, names, label, UNMARKED, ""))
    return Columns(
        [words("", [*names, "max |e|", "at x", *(each.head for each in integral_norms())], QUIET)],
        [[column] for column in columns],
    )


def _choice(
    chosen: Fit | FitVariant, names: Sequence[str], label: str, certainty: Certainty, style: str
) -> Column:
    parameters = [
        _limit(chosen.parameters[name])
        if name in chosen.endless
        else number(chosen.parameters.get(name, math.nan))
        for name in names
    ]
    errors = [norm(chosen, "max", certainty), place_of(chosen.max_error, certainty)]
    errors += [norm(chosen, name, certainty) for name in chosen.norms]
    return aligned(label.replace(" ", "\n", 1), [*parameters, *errors], style)


def _alternation(result: Fit) -> Columns:
    points = result.alternation
    several = len({point.of for point in points}) > 1
    named = [[words("of", [point.of for point in points])]] if several else []
    return Columns(
        [aligned("alternation at x", (place(point.x) for point in points))],
        [[numbers("error", (point.error for point in points))], *named],
    )
