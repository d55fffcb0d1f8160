"""Templates to play with, on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from actx.analysis.sampling import span_of
from actx.api.asking import DEFAULT_TARGET, DomainLike, domain_of, view_of
from actx.calculus.formula import Formula, read_formula
from actx.calculus.reading import Values, by_english_name, numbers, read_formulas
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import WHOLE_LINE
from actx.core.errors import UsageError
from actx.core.progress import Progress
from actx.core.samples import Samples
from actx.language.tree import number, parameter, simplified, substitute
from actx.present.pictures.output import PAGES, check_output, write_whole
from actx.registry import Registry, load_registry
from actx.studies.explorer.gather import Asked, gather
from actx.studies.explorer.results import Explorer

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

MOST = 8  # templates, or targets, on a page
_INPUTS = 400  # groups of inputs that follow the sliders


@alone()
def explore(
    *templates: str | Formula,
    target: str | Formula | Sequence[str | Formula] = DEFAULT_TARGET,
    output: str | Path | None = None,
    view: DomainLike | None = None,
    domain: DomainLike | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    set: Values | None = None,
    data: ArrayLike | str | Path | None = None,
    budget: float | None = DEFAULT_BUDGET,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Explorer:
    """Templates with a slider for each free parameter, beside their best values; on a page.

    In a notebook the result shows itself as that page. target: one or several to choose from.
    output: an .html file for the page, written whole or not at all; it needs no other file and no
    network. view: the part of the x axis to begin with. domain: where errors are told; None for the
    whole line, or where a fit can be made. bounds: what values of parameters keep to, by name. set:
    values of parameters that get no slider. data: inputs as they occur, whose best values are
    marked too. budget: seconds for each proof, None for none. Raises UsageError, PictureError where
    the page cannot be written, and otherwise as `fit`.
    """
    if output is not None:
        check_output(output, PAGES)
    goals = [target] if isinstance(target, str | Formula) else list(target)
    if not 1 <= len(templates) <= MOST or not 1 <= len(goals) <= MOST:
        raise UsageError(f"A page takes 1 to {MOST} templates, and as many targets.")
    known = registry or load_registry()
    fixed = numbers(set or {})
    read = read_formulas([*templates, *goals], fixed, known)
    wanted = [_fixed(formula, fixed) for formula in read[: len(templates)]]
    asked = Asked(
        known,
        None if domain is None else domain_of(domain),
        by_english_name(bounds or {}),
        None if data is None else Samples.of(data),
        budget,
    )
    targets = [_closed(each, known) for each in read[len(templates) :]]
    found = gather(wanted, targets, asked, progress or (lambda done, total, what: None))
    shown = [*(each.formula for each in found), *targets]
    span = span_of(shown, asked.domain or WHOLE_LINE, view_of(view))
    inputs = () if asked.data is None else asked.data.few(_INPUTS)
    result = Explorer(tuple(found), tuple(targets), span, budget, inputs=inputs)
    if output is None:
        return result
    from actx.present.explorer.document import document

    write_whole(Path(output), document(result))
    return replace(result, output=str(output))


def _closed(target: Formula, registry: Registry) -> Formula:
    """A target without parameters, by its name where that alone says what it is."""
    known = read_formula(target.name, registry)
    told = known.defaults.keys() >= {*known.parameters} and known.bound is target.bound
    return Formula(target.name if told else target.text, target.bound)


def _fixed(formula: Formula, values: Mapping[str, float]) -> Formula:
    """The formula with numbers for parameters that were set, which are then none."""
    places = {parameter(n): number(v) for n, v in values.items() if n in formula.parameters}
    if not places:
        return formula
    tree = substitute(formula.tree, places, simplified)
    return replace(formula, tree=tree)
