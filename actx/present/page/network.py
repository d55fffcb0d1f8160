"""The page of a network: its activations, what they see, what was chosen and why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from actx.core.errors import PictureError
from actx.core.numbers import number
from actx.present.page.elements import Cell, element, facts, table
from actx.present.page.picture import inline
from actx.present.page.shell import colour_rules, page, resource
from actx.present.pictures import Format, places_drawn
from actx.present.sheets import network as sheet
from actx.present.sheets.searched import with_digits
from actx.studies.model.results import Activation, Effect, ModelReport, Outputs, Trial
from actx.studies.search.costs import OPERATIONS

_DIGITS = 5


def network_page(result: ModelReport) -> bytes:
    """The page as the content of a file, in UTF-8."""
    main = element("main", _head(result))
    if result.outputs is not None:
        main.append(_outputs(result))
    elif result.bounds is not None:
        main.append(element("p", f"Nothing is replaced; asked for was that {sheet.asked(result)}."))
    main.append(_places(result))
    colours: Sequence[str] = ()
    try:
        drawing = places_drawn(result)
    except PictureError:  # nothing was run
        pass
    else:
        label = "Histograms of what the activations see."
        svg, colours = inline(drawing.content(Format.SVG), "p1-", label)
        told = "What each activation sees: the share of its inputs in each bar, from min to max."
        main.append(element("figure", svg, element("figcaption", told)))
    for i, place in enumerate(result.activations, 1):
        main.append(_section(i, place))
    if result.notes:
        main.append(element("h2", "Notes"))
        main.append(element("ul", *(element("li", note) for note in result.notes)))
    style = resource(__package__, "style.css") + colour_rules(colours)
    return page(_title(result), style, resource(__package__, "sort.js"), main)


def _title(result: ModelReport) -> str:
    return f"Activations of {result.model.name}"


def _head(result: ModelReport) -> Element:
    count = sheet.many(len(result.activations), "activation")
    ran = ""
    if result.examples is not None:
        versions = ", ".join(f"{name} {v}" for name, v in (result.versions or {}).items())
        ran = f", run on {sheet.many(result.examples, 'example')} by {versions}"
    told = f"{count} in {sheet.many(result.nodes, 'node')}{ran}; analysed by actx."
    return element("header", element("h1", _title(result)), element("p", told, class_="quiet"))


# --- the outputs ---


def _outputs(result: ModelReport) -> Element:
    found = result.outputs
    assert found is not None
    return element(
        "section",
        element("h2", "With all replacements"),
        facts(_together(result, found)),
        table(
            "The numbers of all outputs",
            ("", "count", "min", "max", "mean"),
            [_numbers("before", found.before), _numbers("after", found.after)],
        ),
        element(
            "p",
            "Measured on these examples, and said of no others. Time: both networks run in turn, "
            "batch by batch, in one run; of each batch the least counts.",
            class_="quiet",
        ),
    )


def _together(result: ModelReport, found: Effect) -> Iterator[tuple[str, str]]:
    what, where = sheet.kept_of(result)
    yield what, f"{sheet.kept(found)} {where}"
    if found.before.right is not None and found.after.right is not None:
        yield "rows that are right", f"{found.before.right:,} before, {found.after.right:,} after"
    yield "outputs off by at most", sheet.off(found)
    if result.bounds is not None:
        yield "asked for", sheet.asked(result)
    if found.time is not None:
        ratio = found.time.after / found.time.before if found.time.before else math.nan
        seconds = f"{found.time.before:.3g} s before, {found.time.after:.3g} s after"
        yield "time", f"{seconds}, ~{ratio:.2f} times"


def _numbers(what: str, found: Outputs) -> list[Cell]:
    values = (found.min, found.max, found.mean)
    return [
        Cell(what),
        Cell(f"{found.count:,}", float(found.count)),
        *(Cell(number(value, 7), value) for value in values),
    ]


# --- the places ---


def _places(result: ModelReport) -> Element:
    heads = (
        "", "activation", "min", "max", "mean", "time %", "cost", "replaced by", "cost ",
        "error ≤", "rms over the data", "alone: kept", "off by",
    )  # fmt: skip
    rows = [_row(i, place) for i, place in enumerate(result.activations, 1)]
    told = (
        "min, max: exact. time: the share of the time of all nodes, none joined with others. cost: "
        f"{result.costs or OPERATIONS.unit}. error: proven to bound the largest difference from "
        "min to max. rms over the data: of the difference, computed from the histogram."
    )
    return element(
        "section",
        element("h2", "Activations"),
        table("The activations in the order of the network", heads, rows, sorted_by=0),
        element("p", told, class_="quiet"),
    )


def _row(i: int, place: Activation) -> list[Cell]:
    seen, alone = place.inputs, place.alone
    nothing = Cell("—", math.inf)

    def of(value: float | None, digits: int = _DIGITS) -> Cell:
        return nothing if value is None else Cell(number(value, digits), value)

    return [
        Cell(element("a", str(i), href=f"#a{i}"), float(i)),
        Cell(sheet.kind(place)),
        *(of(None if seen is None else getattr(seen, name)) for name in ("min", "max", "mean")),
        of(None if place.time is None else 100 * place.time, 3),
        of(place.cost),
        Cell(element("code", sheet.short(place)) if place.replacement else "—"),
        of(place.new_cost),
        nothing if place.error is None else Cell(sheet.error_at_most(place), place.error[1]),
        of(place.data_rms),
        nothing if alone is None else Cell(sheet.kept(alone), alone.agreement),
        of(None if alone is None else alone.largest),
    ]


def _section(i: int, place: Activation) -> Element:
    made = element(
        "section",
        element("h2", f"{i}  {sheet.kind(place)}", id=f"a{i}"),
        facts(_facts(place)),
        aria_labelledby=f"a{i}",
    )
    if place.trials:
        made.append(_trials(place.trials))
    return made


def _facts(place: Activation) -> Iterator[tuple[str, Element | str]]:
    yield "formula", element("code", place.formula)
    yield "what it is", f"{sheet.kind(place)}, {sheet.proof([place])}"
    if scaled := sheet.scaled(place):
        yield "as α f(βx + γ) + δ", scaled
    yield "tensor", f"{place.name}, of {place.input}"
    yield "operators", ", ".join(place.operators)
    if place.elements is not None:
        yield "elements", f"{place.elements:,} for one example"
    if place.inputs is not None:
        seen = place.inputs
        yield "sees", f"{seen.count:,} numbers, {number(seen.min)} … {number(seen.max)}"
        yield "mean, deviation", f"{number(seen.mean, _DIGITS)}, {number(seen.std, _DIGITS)}"
        shares = ", ".join(f"{k}: {number(hi, 4)}" for k, (_, hi) in seen.quantiles.items())
        yield "quantiles, at most", shares
        if seen.others:
            yield "not finite", f"{seen.others:,}"
    if place.why is not None:
        yield "chosen", place.why
    if place.replacement is not None:
        yield "replaced by", element("code", place.replacement)


def _trials(trials: Sequence[Trial]) -> Element:
    rows = []
    for trial in trials:
        alone = trial.alone
        rows.append(
            [
                Cell(element("code", with_digits(trial.formula, _DIGITS))),
                Cell(number(trial.cost), trial.cost),
                Cell("—" if trial.data_rms is None else number(trial.data_rms, _DIGITS),
                     math.inf if trial.data_rms is None else trial.data_rms),
                Cell("—" if alone is None else sheet.kept(alone),
                     math.inf if alone is None else alone.agreement),
                Cell("—" if alone is None else sheet.off(alone),
                     math.inf if alone is None else alone.largest),
                Cell(trial.reason or "keeps the outputs"),
            ]
        )  # fmt: skip
    heads = ("tried", "cost", "rms over the data", "alone: kept", "off by", "what came of it")
    return table("What was tried here, the cheapest first", heads, rows)
