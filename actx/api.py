"""The Python API: text and values in, result records out. The commands call nothing else.

Formulas are given as text (a registry name, an alias, or formula text) or as `Formula` objects.
Domains are `Domain` objects, `LO:HI` texts, or pairs of numbers; of several intervals `LO:HI,LO:HI`
texts, or sequences of pairs.
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
    from actx.analysis.fit_results import Fit
    from actx.analysis.results import Comparison, Exploration, KinkReport, Verdict
    from actx.benching.results import Bench
    from actx.exporting.result import Export
    from actx.finetuning.results import Finetuning
    from actx.language.formula import Formula
    from actx.morphing.results import Morph
    from actx.morphing.schedule import Schedule
    from actx.searching.families import Family
    from actx.searching.results import SearchResult

Value = TypeVar("Value")
Progress = Callable[[int, int, str], None]  # done, total, what is being done
# by parameter: a number, or an interval of numbers; the enclosures then hold for every one
Values = Mapping[str, float | tuple[float, float]]
DomainLike = Domain | str | tuple[float, float] | Sequence[tuple[float, float]]
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
    dtype: str | None = None,
    exhaustive: bool = False,
    input_range: DomainLike | None = None,
    cost: str | Path | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Candidates against the target, which is the last formula, ranked by max_error.

    all: the whole registry against the target. With `all`, a registry formula that cannot be
    analysed on the domain is left out and named in the notes. budget: seconds for proofs for each
    candidate, None for no proofs. dtype: "float16", "bfloat16", "float32" or "int8" fills `dtype`
    of each row with the errors of the candidate computed in that type; exhaustive: at all float32
    numbers, not a sample; input_range: that of int8. cost: a file that `actx bench --json` wrote,
    for the `cost` of each row. Raises as `show`, and BenchError for a file that holds no costs.
    """
    from actx.analysis.explore import compare_all

    known = registry or load_registry()
    if len(formulas) < (1 if all else 2):
        raise UsageError("compare takes at least one candidate and, last, the target.")
    names = list(formulas)
    if all:
        names[:-1] = [*names[:-1], *(entry.name for entry in known.entries)]
    span = None if input_range is None else _domain(input_range).one_interval("An input range")
    measure = None
    if dtype is not None or span is not None or exhaustive:
        from actx.analysis.in_type import measure_of

        measure = measure_of(dtype, _domain(domain), span, exhaustive, progress)
    costs = None if cost is None else _costs(cost)
    read = _formulas(names, set, known, intervals=True)
    result = compare_all(
        read[:-1],
        read[-1],
        _domain(domain),
        budget,
        forgiving=all,
        measure=measure,
        progress=progress,
    )
    return result if costs is None else _with_costs(result, costs)


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
    weight: str | Formula | None = None,
    relative: bool = False,
    of: str = "value",
    require: Sequence[str] = (),
    round: str | None = None,
    variants: bool = False,
    budget: float = DEFAULT_BUDGET,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Fit:
    """The parameter values that bring a template nearest to a target.

    norm: "max", "l1", "l2" or "gauss". domain: None for the whole line, or the half line on which
    the tails can match; a domain that is given is kept. init, bounds: start and interval of
    parameters, by name. set: parameters that are not fitted. weight: a formula of x that multiplies
    the error. relative: divide the error by the target's size. of: "value", "slope" (the error of
    the derivative) or "both". require: what the result must keep to, such as `f(0) = 0`,
    `min at -1`, `smooth`, `f <= mish`, `f = x for x >= 0`. round: what coefficients must be
    representable in, such as `decimal:2`, `dyadic:8`, `float16`, `q3.12`. variants: put
    the fits in all other norms beside it, and the values that the registry has for the template;
    the fit itself is the same with and without. budget: seconds for proving that nothing is better.
    Raises FitError where no fit can be made, and otherwise as `show`.
    """
    from actx.fitting import fit_template
    from actx.fitting.criterion import Criterion

    known = registry or load_registry()
    read = _formulas([template, target], set, known)
    factor = None if weight is None else _formulas([weight], None, known)[0].bound
    return fit_template(
        read[0],
        read[1],
        norm=norm,
        domain=None if domain is None else _domain(domain),
        init=_by_english_name(init or {}),
        bounds=_by_english_name(bounds or {}),
        fixed=_numbers(set or {}),
        criterion=Criterion(factor, relative, of),
        requirements=(require,) if isinstance(require, str) else tuple(require),
        rounding=round,
        variants=variants,
        budget=budget,
        registry=known,
        progress=progress,
    )


def load_families(*files: str | Path) -> tuple[Family, ...]:
    """The built-in families that a search fits, then those of the given files.

    Raises RegistryError, naming file, entry and reason.
    """
    from actx.searching.reading import load_families as load

    return load(files)


def search(
    target: str | Formula = DEFAULT_TARGET,
    *,
    norm: str = "max",
    domain: DomainLike = WHOLE_LINE,
    weight: str | None = None,
    relative: bool = False,
    of: str = "value",
    require: Sequence[str] = (),
    family: Sequence[str] = (),
    families: Sequence[str | Path] = (),
    all: bool = False,
    jobs: int | None = None,
    resume: str | Path | None = None,
    costs: str | Path | None = None,
    seed: int = 0,
    output: str | Path | None = None,
    budget: float = DEFAULT_BUDGET,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> SearchResult:
    """The best formula of each family, and which of them are worth their cost.

    norm, weight, relative, of, require: as for `fit`. family: names of those to search; if
    there are none, those that are made for targets like this one. families: TOML files with further
    ones. all: those for other targets as well. jobs: processes; None for what
    `joblib.parallel_config` says, which may be a cluster, else one. resume: a file in which every
    formula that is finished is kept, and from which a search goes on. costs: a file that `actx
    bench --json` wrote, for measured costs instead of counted ones. seed: of the random starts;
    the result does not depend on jobs. output: a picture of errors over costs to draw, for which
    the registry's formulas are measured as well. budget: seconds for proving that no other values
    of a formula's parameters are better. Raises UsageError and RegistryError; a family that
    cannot be fitted is one of the result's `failed`.
    """
    from actx.report.pictures import check_output, draw_front
    from actx.searching import costs as costing
    from actx.searching import search as searching
    from actx.searching.reading import load_families as load

    if output is not None:
        check_output(output)
    known = registry or load_registry()
    asked = searching.question(
        _formulas([target], None, known)[0],
        _domain(domain),
        known,
        norm=norm,
        weight=weight,
        relative=relative,
        of=of,
        require=require,
        seed=seed,
    )
    result = searching.search(
        asked,
        load(families),
        family,
        known,
        all=all,
        costs=costing.OPERATIONS if costs is None else costing.measured_costs(costs, known),
        jobs=jobs,
        resume=resume,
        known=output is not None,
        budget=budget,
        progress=progress,
    )
    if output is not None:
        draw_front(result, output)
    return result


def bench(
    *formulas: str | Formula,
    all: bool = False,
    backend: str = "numpy",
    dtype: str = "float32",
    size: int | None = None,
    threads: int = 1,
    repeat: int = 25,
    device: str | None = None,
    composed: bool = False,
    target: str | Formula = DEFAULT_TARGET,
    output: str | Path | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Bench:
    """Time formulas side by side, relative to relu, which is timed in any case.

    all: the whole registry as well. backend: "numpy", "torch", "c" or "numba". size: numbers in the
    array, None for a million (for many more on CUDA). repeat: rounds. device: "cpu" or "cuda", for
    torch. composed: whether torch's own functions are left aside. target: what the errors are told
    against. output: a .png, .svg or .pdf file for a picture of error over cost. Raises UsageError
    for what a backend cannot do, BenchError where it cannot start or run, PictureError, and
    otherwise as `show`.
    """
    from actx.benching.backends import Settings
    from actx.benching.measure import bench as measure

    if output is not None:
        from actx.report.pictures import check_output

        check_output(output)
    settings = Settings(dtype, size, threads, device, composed)
    known = registry or load_registry()
    names = list(formulas) + ([entry.name for entry in known.entries] if all else [])
    read = _formulas([*names, target], _numbers(set or {}), known)
    result = measure(read[:-1], read[-1], backend, settings, repeat, progress)
    if output is None:
        return result
    from dataclasses import replace

    from actx.report.bench import draw

    return replace(result, output=draw(result, Path(output)))


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
    span = _view(view)
    families = {entry.name: entry.family for entry in known.entries}
    curves, goal, shown = sample(
        read[:-1], read[-1], _domain(domain), span, families, forgiving=all
    )
    return draw(curves, goal, shown, path)


def export(
    formula: str | Formula,
    to: str,
    *,
    output: str | Path | None = None,
    target: str | Formula = DEFAULT_TARGET,
    dtype: str | Sequence[str] = (),
    name: str | None = None,
    trainable: bool = False,
    set: Values | None = None,
    registry: Registry | None = None,
) -> Export:
    """The code of a formula and its derivative in a language, as text in `code`.

    to: a language of `actx.exporting.LANGUAGES`. output: a file for it, written whole or not at
    all. target: what the error at the head of the code is told against. dtype: number types, for
    languages whose code is made for some. name: of the function. trainable: parameters that torch
    trains. Raises UsageError, ExportError where a package is missing or the file cannot be written,
    and otherwise as `show`.
    """
    from actx.exporting.make import export as write

    known = registry or load_registry()
    read, goal = _formulas([formula, target], _numbers(set or {}), known)
    entry = known.find(read.name)
    return write(
        read,
        to,
        target=goal,
        source="" if entry is None else entry.source,
        types=[dtype] if isinstance(dtype, str) else dtype,
        name=name,
        trainable=trainable,
        output=None if output is None else Path(output),
    )


def morph(
    from_: str | Formula,
    to: str | Formula,
    *,
    steps: int = 4,
    schedule: str | Schedule = "linear",
    layers: int | None = None,
    target: str | Formula | None = None,
    output: str | Path | None = None,
    view: DomainLike | None = None,
    domain: DomainLike = WHOLE_LINE,
    budget: float | None = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Morph:
    """The blends (1-t)·f + t·g at steps + 1 places of a schedule that takes t from 0 to 1.

    schedule: a name of `actx.morphing.schedule.SCHEDULES`, or what `schedule` there makes. layers:
    of the model; None for one, or a few where they change one after another. target: a formula to
    compare each blend with as well. output: a .png, .svg, .pdf or .gif file to draw it in, written
    whole or not at all; view: the part of the x axis drawn there. budget: seconds for proofs for
    each blend, None for no proofs. Raises UsageError for steps, layers or a schedule out of range,
    PictureError, and otherwise as `show`.
    """
    from actx.morphing.blends import morph as blend_all
    from actx.morphing.schedule import LAYERS
    from actx.morphing.schedule import schedule as named

    if output is not None:
        from actx.report.pictures.output import MOVING_PICTURES, check_output

        check_output(output, MOVING_PICTURES)
    way = named(schedule) if isinstance(schedule, str) else schedule
    given = [from_, to] if target is None else [from_, to, target]
    ends = _formulas(given, set, registry)
    result = blend_all(
        ends[0],
        ends[1],
        way,
        steps=steps,
        layers=layers if layers is not None else LAYERS if way.staggered else 1,
        target=None if target is None else ends[2],
        domain=_domain(domain),
        budget=budget,
        progress=progress,
    )
    if output is None:
        return result
    from dataclasses import replace

    from actx.morphing.curves import scene
    from actx.report.pictures import Format, draw_morph

    path = Path(output)
    moving = path.suffix.lower() == f".{Format.GIF}"
    drawn = scene(
        ends[0],
        ends[1],
        way,
        steps=None if moving else steps,
        layers=result.layers,
        domain=_domain(domain),
        view=_view(view),
    )
    return replace(result, output=str(draw_morph(drawn, path)))


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
    from actx.report.pictures.output import PAGES, check_output

    check_output(output, PAGES)
    from actx.report.page import write_page
    from actx.report.page.gather import gather

    known = registry or load_registry()
    names = list(formulas) + ([entry.name for entry in known.entries] if all else [])
    if not names:
        raise UsageError("A report takes at least one formula, or all.")
    read = _formulas([*names, target], _numbers(set or {}), known)
    contents = gather(
        read[:-1],
        read[-1],
        known,
        domain=_domain(domain),
        view=_view(view),
        budget=budget,
        forgiving=all,
        progress=progress,
    )
    return write_page(contents, output)


def finetune(
    from_: str | Formula,
    to: str | Formula,
    *,
    dataset: str = "digits",
    epochs: int = 10,
    tune_epochs: int | None = None,
    blend_epochs: int | None = None,
    schedule: str | Schedule = "linear",
    seeds: int = 5,
    hidden: Sequence[int] = (64, 64),
    batch: int = 32,
    rate: float = 1e-3,
    device: str = "auto",
    threads: int = 1,
    accuracy: float = 0.95,
    prune: str | None = None,
    keep: Sequence[float] = (1.0, 0.75, 0.5, 0.25, 0.1),
    prune_epochs: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    output: str | Path | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Finetuning:
    """Train networks with one activation and change it for another in several ways.

    dataset: one of `actx.finetuning.data.DATASETS`. epochs: with the old activation; tune_epochs:
    after the change, None for as many; blend_epochs: of these, those of the blend, None for half.
    hidden: neurons by layer. batch, rate: of Adam. device: "auto", "cpu" or "cuda". accuracy: to be
    reached. prune: "magnitude" or "activity"; keep: the shares of neurons that are kept, and
    prune_epochs: of training after that, None for tune_epochs. checkpoint: a folder that the state
    is kept in after each epoch; resume: go on from it. output: a .png, .svg or .pdf file. The same
    call gives the same numbers on one machine, times apart. Raises UsageError,
    MissingPackageError, TrainingError, PictureError, and otherwise as `formula`.
    """
    from dataclasses import replace

    from actx.finetuning.experiment import run
    from actx.finetuning.results import Settings
    from actx.morphing.schedule import schedule as named
    from actx.report.pictures import check_output, draw_finetuning

    if output is not None:
        check_output(output)
    if resume and checkpoint is None:
        raise UsageError("To resume, tell the folder of the checkpoints.")
    after = epochs if tune_epochs is None else tune_epochs
    settings = Settings(
        dataset=dataset,
        epochs=epochs,
        tune_epochs=after,
        blend_epochs=max(1, after // 2) if blend_epochs is None else blend_epochs,
        schedule=named(schedule) if isinstance(schedule, str) else schedule,
        seeds=seeds,
        hidden=tuple(hidden),
        batch=batch,
        rate=rate,
        device=device,
        threads=threads,
        goal=accuracy,
        prune=prune,
        keep=tuple(keep) if prune else (),
        prune_epochs=(after if prune_epochs is None else prune_epochs) if prune else 0,
    )
    ends = _formulas([from_, to], _numbers(set or {}), registry)
    folder = None if checkpoint is None else Path(checkpoint)
    result = run(ends[0], ends[1], settings, folder=folder, resume=resume, progress=progress)
    if output is None:
        return result
    return replace(result, output=str(draw_finetuning(result, output)))


def _domain(given: DomainLike) -> Domain:
    if isinstance(given, Domain):
        return given
    return parse_domain(given) if isinstance(given, str) else Domain.of(given)


def _view(given: DomainLike | None) -> Domain | None:
    return None if given is None else _domain(given).one_interval("A view")


def _costs(file: str | Path) -> dict[str, float]:
    from actx.benching.measured import load_costs

    return load_costs(file)


def _with_costs(result: Comparison, costs: Mapping[str, float]) -> Comparison:
    """The comparison with measured costs, by the formula's text or else by its name."""
    from dataclasses import replace

    rows = tuple(
        replace(row, cost=costs.get(row.formula, costs.get(row.name))) for row in result.rows
    )
    lacking = [row.name for row in rows if row.cost is None]
    note = f"The file of costs lacks {', '.join(lacking)}."
    return replace(result, rows=rows, notes=(*result.notes, *([note] if lacking else [])))


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
