"""A comparison as a page."""

from __future__ import annotations

from pathlib import Path

from actx.api.asking import DEFAULT_TARGET, DomainLike, domain_of, view_of
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, numbers, read_formulas
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import WHOLE_LINE
from actx.core.errors import UsageError
from actx.core.progress import Progress
from actx.present.page import write_page
from actx.present.page.gather import gather
from actx.present.pictures.output import PAGES, check_output
from actx.registry import Registry, load_registry


@alone()
def write_report(
    *formulas: str | Formula,
    output: str | Path,
    target: str | Formula = DEFAULT_TARGET,
    all: bool = False,
    view: DomainLike | None = None,
    domain: DomainLike = WHOLE_LINE,
    budget: float | None = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Path:
    """One HTML page about candidates for a target, with tables, pictures and formulas; its path.

    output: an .html file, written whole or not at all; it needs no other file and no network. all:
    the whole registry as well, but for what cannot be analysed on the domain. view: the part of the
    x axis to draw, None for where the curves bend. budget: seconds for proofs for each formula and
    each comparison, None for no proofs. Raises PictureError where the page cannot be written, and
    otherwise as `show`.
    """
    check_output(output, PAGES)

    known = registry or load_registry()
    names = list(formulas) + ([entry.name for entry in known.entries] if all else [])
    if not names:
        raise UsageError("A report takes at least one formula, or all.")
    read = read_formulas([*names, target], numbers(set or {}), known)
    contents = gather(
        read[:-1],
        read[-1],
        known,
        domain=domain_of(domain),
        view=view_of(view),
        budget=budget,
        forgiving=all,
        progress=progress,
    )
    return write_page(contents, output)
