"""The errors in a number type as text, below the sheet or the ranking of `actx compare`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from actx.analysis.type_results import Break, Deviation, Quantisation, TypeErrors
from actx.core.numbers import align, interval, number
from actx.present.sheets.layout import (
    NAME,
    QUIET,
    Column,
    Columns,
    aligned,
    facts_grid,
    notes,
    words,
)

_FEWER = 5  # significant digits in a table
_MOST = 4  # stretches of what breaks that a sheet tells
_LOST = {"nan": "NaN", "inf": "∞", "-inf": "-∞"}


Found = TypeErrors | Quantisation


def in_type(rows: Sequence[tuple[str, Found | None]], target: str) -> Iterator[RenderableType]:
    """The errors in a number type, by candidate; nothing where none were asked for.

    rows: in the order of the ranking, with names that fit a table.
    """
    measured = [(name, found) for name, found in rows if found is not None]
    if not measured:
        return
    yield Text()
    yield Text(_heading(measured[0][1]), overflow="fold")
    yield Text()
    if len(rows) == 1:
        yield facts_grid(_facts(measured[0][1], target))
    else:
        yield _table(rows)
    yield from notes(_notes(measured))


def _notes(measured: Sequence[tuple[str, Found]]) -> list[str]:
    """The remarks on each candidate, its name before them unless they are the same of all."""
    told = [(name, remark) for name, found in measured for remark in _remarks(found)]
    different = {remark for _, remark in told}
    if len(told) == len(measured) and len(different) == 1:
        return list(different)
    return [f"{name}: {remark}" if len(measured) > 1 else remark for name, remark in told]


def _heading(found: Found) -> str:
    if isinstance(found, Quantisation):
        given = found.input
        return (
            f"In {found.name} from a table, for inputs in {interval(found.input_range)} "
            f"(scale {number(given.scale)}, zero point {given.zero_point})"
        )
    which = "all" if found.exhaustive else "a sample of"
    return (
        f"In {found.name}, each operation rounded, at {which} {found.values:,} finite numbers "
        "of the domain"
    )


def _remarks(found: Found) -> Iterator[str]:
    yield from found.notes
    if isinstance(found, TypeErrors) and found.unknown:
        yield f"At {found.unknown:,} of the numbers the exact value is not known, or there is none."


# --- a sheet ----------------------------------------------------------------------------------


def _facts(found: Found, target: str) -> Iterator[tuple[str, str]]:
    if isinstance(found, Quantisation):
        yield from _quantised_facts(found, target)
        return
    errors = [
        ("max |error|", found.max_error, target),
        ("of the formula", found.formula_error, target),
        ("of rounding", found.rounding_error, ""),
        ("rounding in ulp", found.rounding_ulps, ""),
    ]
    yield from _deviations(errors)
    yield "breaks", _breaks(found)


def _quantised_facts(found: Quantisation, target: str) -> Iterator[tuple[str, str]]:
    output = found.output
    yield "output", f"scale {number(output.scale)}, zero point {output.zero_point}"
    yield from _deviations(
        [
            ("max |error|", found.max_error, target),
            ("of the formula", found.formula_error, target),
            ("of rounding y", found.rounding_error, ""),
            ("and rounding x", found.overall_error, target),
        ]
    )
    yield "mean |error|", f"{number(found.mean_error)}, of rounding y {number(found.mean_rounding)}"


def _deviations(
    errors: Sequence[tuple[str, Deviation | None, str]],
) -> Iterator[tuple[str, str]]:
    values = align([_size(error) for _, error, _ in errors])
    for (label, error, target), value in zip(errors, values, strict=True):
        yield label, f"{value}  {_where(error, target)}".rstrip()


def _size(error: Deviation | None, digits: int = 7) -> str:
    return "—" if error is None else number(error.value, digits)


def _where(error: Deviation | None, target: str) -> str:
    if error is None or not error.value:
        return ""
    side = f", {'above' if error.signed > 0 else 'below'} {target}" if target else ""
    return f"at x = {number(error.x)}{side}"


def _breaks(found: TypeErrors) -> str:
    if not found.breaks:
        return "nowhere"
    told = [_stretch(each, found.exhaustive) for each in found.breaks[:_MOST]]
    rest = sum(each.count for each in found.breaks[_MOST:]) + found.further_breaks
    return "; ".join([*told, *([f"and {rest:,} further numbers"] if rest else [])])


def _stretch(each: Break, exhaustive: bool) -> str:
    about = "" if exhaustive else "about "
    if each.count == 1:
        return f"{_LOST[each.gives]} at x = {number(each.first)}"
    span = interval((each.first, each.last))
    return f"{_LOST[each.gives]} for {span} ({about}{each.count:,} numbers)"


# --- a table ----------------------------------------------------------------------------------


def _table(rows: Sequence[tuple[str, Found | None]]) -> Columns:
    """A candidate a row, in the order of the ranking."""
    found = [each for _, each in rows]
    ranks = aligned("", (str(rank) for rank in range(1, len(rows) + 1)), QUIET)
    names = words("candidate", (name for name, _ in rows), NAME)
    groups: list[list[Column]] = [
        _pair("max |e|", [None if each is None else each.max_error for each in found]),
        _pair("formula", [None if each is None else each.formula_error for each in found]),
        _pair("rounding", [None if each is None else each.rounding_error for each in found]),
    ]
    if any(isinstance(each, Quantisation) for each in found):
        outputs = [each.output if isinstance(each, Quantisation) else None for each in found]
        groups.append(
            [
                aligned("scale", ("—" if o is None else number(o.scale, _FEWER) for o in outputs)),
                aligned("zero", ("—" if o is None else str(o.zero_point) for o in outputs)),
            ]
        )
    else:
        typed = [each if isinstance(each, TypeErrors) else None for each in found]
        ulps = [None if each is None else each.rounding_ulps for each in typed]
        groups.append([aligned("ulp", (_size(each, 3) for each in ulps))])
        groups.append([words("breaks", (_first_break(each) for each in typed))])
    return Columns([ranks, names], groups)


def _pair(head: str, errors: Sequence[Deviation | None]) -> list[Column]:
    places = ["" if e is None or not e.value else number(e.x, _FEWER) for e in errors]
    return [
        aligned(head, (_size(each, _FEWER) for each in errors)),
        aligned("at x", places),
    ]


def _first_break(found: TypeErrors | None) -> str:
    if found is None or not found.breaks:
        return "—" if found is None else "nowhere"
    first = found.breaks[0]
    more = ", …" if len(found.breaks) > 1 or found.further_breaks else ""
    span = interval((first.first, first.last), show=lambda x: number(x, _FEWER))
    return f"{_LOST[first.gives]}: {span}{more}"
