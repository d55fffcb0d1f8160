"""The best of each of many families, and which are worth their cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from actx.api.asking import DEFAULT_TARGET, DomainLike, domain_of
from actx.calculus.formula import Formula
from actx.calculus.reading import read_formulas
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import WHOLE_LINE
from actx.core.progress import Progress
from actx.fitting.problem.criterion import CriterionText
from actx.present.pictures import check_output
from actx.registry import Registry, load_registry
from actx.studies.search import costs as costing
from actx.studies.search import search as searching
from actx.studies.search.families import Family
from actx.studies.search.reading import load_families as load
from actx.studies.search.results import SearchResult


def load_families(*files: str | Path) -> tuple[Family, ...]:
    """The built-in families that a search fits, then those of the given files.

    Raises RegistryError, naming file, entry and reason.
    """
    return load(files)


@alone()
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
    known: bool = False,
    output: str | Path | None = None,
    width: str | float | None = None,
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
    bench` wrote as JSON, for measured costs instead of counted ones. seed: of the random starts;
    the result does not depend on jobs. known: whether the registry's formulas are measured as
    well, to be beside the others in a picture. output: a file for that picture. width: of
    it, as `plot` takes one. budget: seconds for proving that no other values of a formula's
    parameters are better. Raises UsageError and
    RegistryError; a family that cannot be fitted is one of the result's `failed`.
    """
    if output is not None:
        check_output(output)
    library = registry or load_registry()
    asked = searching.question(
        read_formulas([target], None, library)[0],
        domain_of(domain),
        library,
        CriterionText(norm, weight, relative, of, tuple(require)),
        seed,
    )
    result = searching.search(
        asked,
        load(families),
        family,
        library,
        all=all,
        costs=costing.OPERATIONS if costs is None else costing.measured_costs(costs, library),
        jobs=jobs,
        resume=resume,
        known=known or output is not None,
        budget=budget,
        progress=progress,
    )
    if output is not None:
        result.save(output, width)
    return result
