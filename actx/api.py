"""The Python API: text and values in, result records out. The commands call nothing else.

Formulas are given as text (a registry name, an alias, or formula text) or as `Formula` objects.
Domains are `Domain` objects, `LO:HI` texts or pairs of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from actx.domain import WHOLE_LINE, Domain, parse_domain
from actx.errors import UsageError
from actx.registry import Registry
from actx.registry import load_registry as _load

if TYPE_CHECKING:
    from actx.analysis.results import Comparison, Exploration, Fit, KinkReport, Verdict
    from actx.language.formula import Formula

Value = TypeVar("Value")
Progress = Callable[[int, int, str], None]  # done, total, what is being done
# by parameter: a number, or an interval of numbers; the enclosures then hold for every one
Values = Mapping[str, float | tuple[float, float]]
DomainLike = Domain | str | tuple[float, float]
DEFAULT_TARGET = "mish"
DEFAULT_BUDGET = 2.0  # seconds for the proofs of one formula or pair


def load_registry(*files: str | Path) -> Registry:
    """The built-in formulas and those of the user's own file, with the given files joined in.

    Raises RegistryError, naming file, entry and reason.
    """
    return _load(files)


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
    return _formulas([text], set, registry)[0]


def show(
    formula: str | Formula,
    *,
    domain: DomainLike = WHOLE_LINE,
    budget: float | None = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
) -> Exploration:
    """One formula in full: minima, maxima, zeros, kinks, smoothness and tails.

    budget: seconds for proving the numbers, None for no proofs. Raises FormulaError, UsageError,
    DomainError, and AnalysisError where something about the formula cannot be told.
    """
    from actx.analysis.explore import explore

    return explore(_formulas([formula], set, registry, intervals=True)[0], _domain(domain), budget)


def kinks(
    formula: str | Formula,
    *,
    domain: DomainLike = WHOLE_LINE,
    max_order: int = 3,
    budget: float | None = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
) -> KinkReport:
    """The places where a derivative of order 0 to max_order jumps. Otherwise as `show`."""
    from actx.analysis.explore import kink_report

    return kink_report(_formulas([formula], set, registry)[0], _domain(domain), max_order, budget)


def compare(
    *formulas: str | Formula,
    all: bool = False,
    domain: DomainLike = WHOLE_LINE,
    budget: float | None = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Candidates against the target, which is the last formula, ranked by max_error.

    all: the whole registry against the target. With `all`, a registry formula that cannot be
    analysed on the domain is left out and named in the notes. budget: seconds for proofs for each
    candidate, None for no proofs. Raises as `show`.
    """
    from actx.analysis.explore import compare_all

    known = registry or load_registry()
    if len(formulas) < (1 if all else 2):
        raise UsageError("compare takes at least one candidate and, last, the target.")
    names = list(formulas)
    if all:
        names[:-1] = [*names[:-1], *(entry.name for entry in known.entries)]
    read = _formulas(names, set, known, intervals=True)
    return compare_all(
        read[:-1], read[-1], _domain(domain), budget, forgiving=all, progress=progress
    )


def prove(
    statement: str,
    *,
    domain: DomainLike = WHOLE_LINE,
    budget: float = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
) -> Verdict:
    """Whether a statement is proven, disproven or undecided.

    statement: `max|F| < c`, `max(F) < c`, `min(F) > c`, `F <= G`, or `F is C1`. Raises FormulaError
    and UsageError for one that cannot be read, and otherwise as `show`.
    """
    from actx.proof.budget import Budget
    from actx.proof.statements import Case, decide

    values = _numbers(set or {})
    case = Case(
        _domain(domain),
        registry or load_registry(),
        lambda formula: formula.set(values).bound,
        Budget(budget),
    )
    return decide(statement, case)


def fit(
    template: str | Formula,
    target: str | Formula = DEFAULT_TARGET,
    *,
    norm: str = "max",
    domain: DomainLike | None = None,
    init: Mapping[str, float] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Fit:
    """The parameter values that bring a template nearest to a target.

    norm: "max", "l1", "l2" or "gauss". domain: None for the whole line, or the half line on which
    the tails can match; a domain that is given is kept. init, bounds: start and interval of
    parameters, by name. set: parameters that are not fitted. Raises FitError where no fit can be
    made, and otherwise as `show`.
    """
    from actx.fitting import fit_template

    known = registry or load_registry()
    read = _formulas([template, target], set, known)
    return fit_template(
        read[0],
        read[1],
        norm=norm,
        domain=None if domain is None else _domain(domain),
        init=_by_english_name(init or {}),
        bounds=_by_english_name(bounds or {}),
        fixed=_numbers(set or {}),
        registry=known,
        progress=progress,
    )


def plot(
    *formulas: str | Formula,
    output: str | Path,
    all: bool = False,
    view: DomainLike | None = None,
    target: str | Formula | None = None,
    domain: DomainLike = WHOLE_LINE,
    set: Values | None = None,
    registry: Registry | None = None,
) -> Path:
    """Draw curves, their errors against the target and their derivatives; returns the path.

    output: a .png, .svg or .pdf file, written whole or not at all. all: the whole registry as well.
    view: the part of the x axis to draw, None for where the curves bend. target: mish by default.
    Raises PictureError, and otherwise as `show`.
    """
    from actx.report.pictures import check_output, draw

    path = Path(output)
    check_output(path)
    from actx.analysis.sampling import sample

    known = registry or load_registry()
    names = list(formulas) + ([entry.name for entry in known.entries] if all else [])
    read = _formulas([*names, target or DEFAULT_TARGET], set, known)
    span = None if view is None else _domain(view)
    families = {entry.name: entry.family for entry in known.entries}
    curves, goal, shown = sample(
        read[:-1], read[-1], _domain(domain), span, families, forgiving=all
    )
    return draw(curves, goal, shown, path)


def _domain(given: DomainLike) -> Domain:
    if isinstance(given, Domain):
        return given
    return parse_domain(given) if isinstance(given, str) else Domain(*map(float, given))


def _formulas(
    given: Sequence[str | Formula],
    values: Values | None,
    known: Registry | None,
    *,
    intervals: bool = False,
) -> list[Formula]:
    """The formulas, parameters set; each value must belong to one of them at least.

    intervals: whether a value may be an interval.
    """
    from actx.language.formula import read_formula
    from actx.language.syntax import suggestion

    library = known or load_registry()
    read = [read_formula(text, library) if isinstance(text, str) else text for text in given]
    wanted = _by_english_name(values or {}) if intervals else _numbers(values or {})
    names = sorted({name for formula in read for name in formula.parameters})
    for name in wanted:
        if name not in names:
            have = f"the parameters here are {', '.join(names)}" if names else "there are none here"
            raise UsageError(
                f"No formula here has a parameter {name!r}: {have}.{suggestion(name, names)}"
            )
    return [formula.set(wanted) for formula in read]


def _numbers(values: Values) -> dict[str, float]:
    """Values by English name that may not be intervals."""
    numbers: dict[str, float] = {}
    for name, value in _by_english_name(values).items():
        if isinstance(value, tuple):
            raise UsageError(f"{name} needs one value here, not an interval of values.")
        numbers[name] = value
    return numbers


def _by_english_name(values: Mapping[str, Value]) -> dict[str, Value]:
    from actx.language.syntax import english

    return {english(name): value for name, value in values.items()}
