"""`actx search` as text: the front, below it what it leaves behind, and the list of families."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from actx.core.norms import NORMS
from actx.core.numbers import domain, outward, place
from actx.core.tables import shortened
from actx.fitting.results import Optimality
from actx.present.sheets.layout import (
    GAP,
    NAME,
    QUIET,
    Columns,
    aligned,
    empty_table,
    facts_grid,
    indented,
    notes,
    numbers,
    quietly,
    words,
)
from actx.studies.search.families import Family
from actx.studies.search.results import Candidate, SearchResult

_DIGITS = 6  # significant ones of the coefficients in a formula that is shown
_LONGEST_FORMULA = 300  # characters
_SHORT = {"discontinuous": "jumps"}
_OF = {"value": "", "slope": " of the slope", "both": " of value and slope"}


def search(result: SearchResult) -> Iterator[RenderableType]:
    """The sheet of a search."""
    count = len(result.front) + len(result.dominated)
    yield Text.assemble(
        f"{count} formula{'' if count == 1 else 's'} for ",
        (result.target, NAME),
        f" on {domain(result.domain)}{_aim(result)}",
        overflow="fold",
    )
    if result.front:
        yield Text()
        yield Text("The Pareto front: each is better than all that cost no more")
        yield Text()
        yield indented(_table(result, result.front, ranked=True))
        yield Text()
        yield facts_grid((c.name, _readable(c.formula)) for c in result.front)
    if result.dominated:
        yield Text()
        yield Text("Dominated: one of the front (by) costs no more and is no worse")
        yield Text()
        yield indented(_table(result, result.dominated, ranked=False))
    if result.failed:
        yield Text()
        yield Text("No formula")
        yield Text()
        yield facts_grid(_reasons(result))
    yield from quietly(_explained(result))
    yield from notes(result.notes)


def _reasons(result: SearchResult) -> Iterator[tuple[str, str]]:
    """What failed and why; formulas of one family that failed alike are one."""
    made = {candidate.family for candidate in (*result.front, *result.dominated)}
    ordered = sorted(result.failed, key=lambda f: (f.family, f.reason))
    for (family, reason), group in groupby(ordered, lambda f: (f.family, f.reason)):
        alike = [failure.name for failure in group]
        whole = len(alike) == sum(failure.family == family for failure in result.failed)
        if len(alike) > 1 and whole and family not in made:
            yield family, reason
        else:
            which = "; ".join(name.removeprefix(f"{family} ") for name in alike[1:])
            yield "; ".join(filter(None, (alike[0], which))), reason


def _aim(result: SearchResult) -> str:
    """What is made small and what is required, where that is not the usual."""
    parts = []
    if result.norm != "max" or not result.unweighted:
        error = "relative error" if result.relative else "error"
        weight = "" if result.weight is None else f" times {result.weight}"
        parts.append(f"by {NORMS[result.norm].head} of the {error}{_OF[result.of]}{weight}")
    if result.require:
        parts.append(f"with {', '.join(result.require)}")
    return "".join(f", {part}" for part in parts)


def _table(result: SearchResult, candidates: Sequence[Candidate], *, ranked: bool) -> Columns:
    """Formulas with errors and costs; ranked: whether they are the front, whose rows are counted,
    or name the row of the front that dominates them."""
    rows = {c.name: str(row) for row, c in enumerate(result.front, 1)}
    plain = result.unweighted
    usual = result.norm == "max" and plain
    head = NORMS[result.norm].head if plain else "error"
    columns = [
        numbers(head, (c.error for c in candidates), style="bold"),
        numbers("cost", (c.cost for c in candidates)),
        words("smooth", (_SHORT.get(c.smoothness, c.smoothness) for c in candidates)),
    ]
    if any(c.bound is not None for c in candidates):
        columns.append(words("proof", (_proof(c) for c in candidates)))
    if not usual:
        columns.insert(1, numbers("max |e|", (c.max_error for c in candidates)))
    elif ranked:
        columns.append(aligned("at x", (place(c.max_error_at) for c in candidates)))
    if not ranked:
        columns.append(aligned("by", (rows[c.dominated_by or ""] for c in candidates), QUIET))
    key = [words("", (c.name for c in candidates), NAME)]
    if ranked:
        key.insert(0, aligned("", rows.values(), QUIET))
    return Columns(key, [[column] for column in columns])


_BEST, _PLACES, _NONE = "best", "knots", "none"
_PROOFS = {
    _BEST: "no parameters or coefficients are better by 1e-6 of the error",
    _PLACES: "no coefficients are, with the knots and ends found",
    "%": "none are better by more than that",
    _NONE: "found by search only",
}


def _proof(candidate: Candidate) -> str:
    """What is proven of a formula, in a word or as the part by which others may be better."""
    bound = candidate.bound
    if candidate.optimality is Optimality.GLOBAL:
        return _BEST
    if bound is None or bound.by == "none":
        return _NONE
    if bound.optimality is Optimality.GLOBAL:
        return _PLACES
    part = 100 * bound.gap
    percent = outward((part, part), 1)[1] if part < 1 else f"{math.ceil(part)}"
    return f"{percent} %"


def _proofs(candidates: Sequence[Candidate]) -> str:
    """The words for proofs that occur, explained."""
    if all(candidate.bound is None for candidate in candidates):
        return ""
    found = {_proof(candidate) for candidate in candidates}
    told = [
        f"{word}, {what}"
        for word, what in _PROOFS.items()
        if any(each.endswith(word) for each in found)
    ]
    return f" Proof: {'; '.join(told)}."


def _readable(formula: str) -> str:
    """The formula with coefficients of few digits, its middle left out where it is very long."""
    return shortened(with_digits(formula, _DIGITS), _LONGEST_FORMULA)


def with_digits(formula: str, digits: int) -> str:
    """A formula's text with its decimals rounded to so many significant digits."""
    from actx.language.syntax import parse
    from actx.language.text import to_text
    from actx.language.tree import NUMBER, Node, as_fraction, rebuild
    from actx.language.tree import number as exactly

    def short(leaf: Node) -> Node:
        if leaf.op != NUMBER or as_fraction(leaf).denominator <= 1000:
            return leaf
        return exactly(float(f"{float(as_fraction(leaf)):.{digits}g}"))

    return to_text(rebuild(parse(formula), short))


def _explained(result: SearchResult) -> str:
    words = (
        f"e = formula - target; cost in {result.cost_unit}. Coefficients are rounded for reading; "
        "the JSON document has all digits."
    )
    words += _proofs((*result.front, *result.dominated))
    if not result.left_out:
        return words
    shapes = " and ".join(result.shapes)
    made = f"for the shape {shapes} and for all targets" if shapes else "for all targets"
    others = "1 other" if len(result.left_out) == 1 else f"{len(result.left_out)} others"
    return f"{words} Searched: families {made}; asking for all brings {others}."


def family_list(families: Sequence[Family]) -> Iterator[RenderableType]:
    """The families, one a row."""
    yield _Families(families)


class _Families:
    """A table whose column of formulas takes what room there is."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = [
            words("family", (f.name for f in self._families), NAME),
            words("kind", (f.kind.value for f in self._families), QUIET),
            aligned("formulas", (str(len(f.members)) for f in self._families)),
        ]
        used = sum(column.width + GAP for column in columns)
        what = words("what is fitted", (_described(f) for f in self._families))
        table = empty_table(console)
        for column in columns:
            table.add_column(column.head, style=column.style, no_wrap=True)
        table.add_column(what.head, overflow="fold", max_width=max(20, options.max_width - used))
        for row in zip(*(c.cells for c in (*columns, what)), strict=True):
            table.add_row(*row)
        yield table


def _described(family: Family) -> str:
    require = f"; {', '.join(family.require)}" if family.require else ""
    suits = f"; for {', '.join(family.suits)}" if family.suits else ""
    return f"{family.summary}{require}{suits}"
