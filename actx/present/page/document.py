"""The page as a whole: head, summary, picture and a section for each formula."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from actx.analysis.results import ComparisonRow, Exploration, Extremum
from actx.core.norms import integral_norms
from actx.core.numbers import domain, number
from actx.present.mathml import to_mathml
from actx.present.page.contents import Contents, Sheet
from actx.present.page.elements import Cell, element, facts, scrolling, table
from actx.present.page.live import Live, live
from actx.present.page.picture import inline
from actx.present.page.shell import colour_rules, page, resource
from actx.present.pictures import Format, curves_drawn
from actx.present.sheets.certainty import Certainty, doubts
from actx.present.sheets.comparison import kink_places, short
from actx.present.sheets.errors import at_place_of, max_error, max_slope, norm, place_of
from actx.present.sheets.exploration import derivative, extremum_place, kink_cells
from actx.present.sheets.exploration import facts as sheet_facts
from actx.present.sheets.wording import tied

_BEFORE = ("candidate", "max |e|", "at x")  # the columns of norms
_BEHIND = ("max |e′|", "minimum", "at x ", "smooth", "kinks at x", "operations", "cost")
_PHONE = 70  # mm: so wide a picture is made for a phone
_FEWER = 6  # significant digits where columns are many
_MAX_ERROR = 1  # the place of the column that the rows are sorted by
_READ = (
    "e = candidate − target. {norms}. max |e′|: the largest error of the derivative. Operations: "
    "those of the code, common subexpressions once; cost: their weight in units of one addition."
)


def document(contents: Contents) -> bytes:
    """The page as the content of a file, in UTF-8."""
    certainty = Certainty(contents.comparison.proofs)
    moving = live(contents)
    drawing, colours = _drawing(contents, moving)
    main = element("main", _head(contents), _summary(contents, certainty), drawing)
    links = {id(sheet): f"f{rank}" for rank, sheet in enumerate(contents.sheets, 1)}
    for sheet in contents.sheets:
        main.append(_section(sheet, links[id(sheet)], contents, certainty))
    main.extend(_notes(contents, certainty))
    style = resource(__package__, "style.css") + colour_rules(colours)
    script, data = resource(__package__, "sort.js"), None
    if moving is not None:
        style, script, data = style + moving.style, f"{script}\n{moving.script}", moving.data
    return page(_title(contents), style, script, main, data)


# --- above all formulas -----------------------------------------------------------------------


def _title(contents: Contents) -> str:
    rows, target = contents.comparison.rows, contents.comparison.target
    what = short(rows[0].name) if len(rows) == 1 else f"{len(rows)} candidates"
    return f"{what} against {short(target)}"


def _head(contents: Contents) -> Element:
    where = domain(contents.comparison.domain)
    return element(
        "header",
        element("h1", _title(contents)),
        element("p", f"Activation functions on {where}, analysed by actx.", class_="quiet"),
    )


def _drawing(contents: Contents, moving: Live | None) -> tuple[Element, list[str]]:
    """The picture: one that follows the reader, where there is one; and those that stand still.

    Of these one is for a wide window and for paper, and one with letters for a phone.
    """
    drawing = curves_drawn(contents.curves, contents.target, contents.view)
    names = [row.name for row in contents.comparison.rows]
    target = contents.comparison.target
    label = f"Curves of {', '.join(map(short, [target, *names]))}: values, errors and derivatives."
    found: set[str] = set()
    pictures = []
    for place, made in enumerate((drawing, drawing.of_width(_PHONE)), 1):
        svg, colours = inline(made.content(Format.SVG), f"p{place}-", label)
        svg.set("class", f"picture {('wide', 'narrow')[place - 1]}")
        pictures.append(svg)
        found.update(colours)
    caption = f"Values, errors against {short(target)} and derivatives, from top to bottom."
    alive = [] if moving is None else [moving.element]
    found |= set() if moving is None else set(moving.colours)
    return element("figure", *alive, *pictures, element("figcaption", caption)), sorted(found)


def _summary(contents: Contents, certainty: Certainty) -> Element:
    rows = contents.comparison.rows
    body = [
        [*_row_cells(row, sheet, f"f{rank}", certainty), *_costs(sheet.found)]
        for rank, (row, sheet) in enumerate(zip(rows, contents.sheets, strict=False), 1)
    ]
    last = contents.sheets[-1]
    caption = f"Candidates against {short(contents.comparison.target)}"
    norms = integral_norms()
    told = (f"{n.head} = {n.formula}{f' with {n.given}' if n.given else ''}" for n in norms)
    read = _READ.format(norms=", ".join(told))
    return element(
        "section",
        element("h2", "Summary"),
        table(
            caption,
            (*_BEFORE, *(each.head for each in norms), *_BEHIND),
            body,
            foot=_target_cells(last, f"f{len(contents.sheets)}", certainty),
            sorted_by=_MAX_ERROR,
        ),
        element("p", " ".join(filter(None, (read, certainty.legend()))), class_="quiet"),
    )


def _row_cells(row: ComparisonRow, sheet: Sheet, link: str, certainty: Certainty) -> Iterator[Cell]:
    top, slope = row.max_error, row.max_slope_error
    yield Cell(element("a", short(row.name), href=f"#{link}"))
    yield Cell(max_error(row, certainty), top.value)
    yield Cell(place_of(top, certainty, _FEWER), top.x)
    for name, size in row.norms.items():
        yield Cell(norm(row, name, certainty, _FEWER), size.error)
    yield Cell(max_slope(row, certainty, _FEWER), slope.value)
    yield from _shape(sheet.found, certainty)


def _shape(found: Exploration, certainty: Certainty) -> Iterator[Cell]:
    """The minimum and the kinks."""
    low = found.minimum
    yield Cell(certainty.height(low, _FEWER), low.y)
    yield Cell(extremum_place(low, certainty, _FEWER), _first(low))
    smooth = certainty.smoothness(found.smoothness, found.kinks, found.undecided)
    yield Cell(smooth, _order(found.smoothness))
    yield Cell(kink_places(found.kinks, certainty), float(len(found.kinks)))


def _first(point: Extremum) -> float:
    return point.x[0] if isinstance(point.x, tuple) else point.x


def _order(smoothness: str) -> float:
    """k of C^k, -1 where the value itself jumps."""
    digits = smoothness.removeprefix("C")
    return math.inf if digits == "∞" else float(digits) if digits.isdigit() else -1.0


def _costs(found: Exploration) -> Iterator[Cell]:
    counted = found.operations
    if counted is None:
        yield from (Cell("—"), Cell("—"))
    else:
        yield Cell(str(counted.shared.total), float(counted.shared.total))
        yield Cell(number(counted.cost), counted.cost)


def _target_cells(sheet: Sheet, link: str, certainty: Certainty) -> list[Cell]:
    """The row of the target, which has no errors."""
    name = element("span", element("a", short(sheet.name), href=f"#{link}"), " (target)")
    nothing = [Cell("")] * (3 + len(integral_norms()))
    return [Cell(name), *nothing, *_shape(sheet.found, certainty), *_costs(sheet.found)]


# --- one formula ------------------------------------------------------------------------------


def _section(sheet: Sheet, link: str, contents: Contents, certainty: Certainty) -> Element:
    found = sheet.found
    made = element(
        "section",
        element("h2", sheet.name, id=link),
        element(
            "div",
            scrolling(to_mathml(sheet.tree), f"{short(sheet.name)} as a formula"),
            class_="formula",
        ),
        element("p", element("code", sheet.text)),
        facts((*_origin(sheet), *_errors(sheet, contents, certainty), *_found(found, certainty))),
        aria_labelledby=link,
    )
    extrema = _extrema(sheet.name, found, certainty)
    if extrema is not None:
        made.append(extrema)
    if found.kinks:
        made.append(_kinks(sheet.name, found, certainty))
    made.extend(
        element("p", f"Note: {note}", class_="quiet")
        for note in (*doubts(found.undecided), *found.notes)
    )
    return made


def _origin(sheet: Sheet) -> Iterator[tuple[str, str]]:
    if sheet.source:
        yield "source", sheet.source
    if sheet.family:
        yield "family", sheet.family
    if sheet.aliases:
        yield "aliases", ", ".join(sheet.aliases)
    if sheet.parameters:
        yield "parameters", ", ".join(f"{n} = {number(v, 17)}" for n, v in sheet.parameters.items())


def _errors(sheet: Sheet, contents: Contents, certainty: Certainty) -> Iterator[tuple[str, str]]:
    """Its largest error, where it is a candidate."""
    pairs = zip(contents.comparison.rows, contents.sheets, strict=False)
    row = next((row for row, other in pairs if other is sheet), None)
    if row is None:
        return
    top, target = row.max_error, short(contents.comparison.target)
    size = max_error(row, certainty)
    if not top.value:
        yield "max |e|", f"{size}: the same function as {target}"
        return
    where = at_place_of(top, certainty) + tied(top.ties)
    side = "below" if top.signed < 0 else "above"
    reached = certainty.reached(top.enclosure, top.proven)
    said = f"{size} {where}, {side} {target}"
    yield "max |e|", f"{said}, {reached}" if reached else said


def _found(found: Exploration, certainty: Certainty) -> Iterator[tuple[str, str]]:
    return (fact for fact in sheet_facts(found, certainty) if fact[0] != "domain")


def _extrema(name: str, found: Exploration, certainty: Certainty) -> Element | None:
    points = [("minimum", point) for point in found.minima]
    points += [("maximum", point) for point in found.maxima]
    if not points:
        return None
    points.sort(key=lambda item: _first(item[1]))
    rows = [
        [
            Cell(what),
            Cell(extremum_place(point, certainty), _first(point)),
            Cell(certainty.height(point), point.y),
            Cell(point.kind.value),
        ]
        for what, point in points
    ]
    return table(f"Local extrema of {short(name)}", ("what", "x", "y", "kind"), rows)


def _kinks(name: str, found: Exploration, certainty: Certainty) -> Element:
    rows = []
    for kink in found.kinks:
        x, left, right, jump = kink_cells(kink, certainty)
        rows.append(
            [
                Cell(x, kink.x),
                Cell(str(kink.order), float(kink.order)),
                Cell(derivative(kink.order)),
                Cell(left, kink.left),
                Cell(right, kink.right),
                Cell(jump, kink.jump),
            ]
        )
    heads = ("x", "order", "of", "left", "right", "jump")
    return table(f"Kinks of {short(name)}", heads, rows)


def _notes(contents: Contents, certainty: Certainty) -> Iterator[Element]:
    said = [f"{row.name}: {note}" for row in contents.comparison.rows for note in row.notes]
    said += contents.comparison.notes
    if said:
        yield element("h2", "Notes")
        yield element("ul", *(element("li", note) for note in said))
