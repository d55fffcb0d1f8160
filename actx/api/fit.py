"""The best parameters of a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from actx.analysis.errors.over_data import data_errors
from actx.api.asking import DEFAULT_TARGET, DomainLike, domain_of
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, by_english_name, numbers, read_formulas
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import Domain
from actx.core.norms import norm_named
from actx.core.progress import Progress
from actx.core.samples import Samples
from actx.fitting.fit import fit_template
from actx.fitting.problem.criterion import Criterion
from actx.fitting.problem.task import Task, parameters_of
from actx.fitting.results import Fit
from actx.registry import Registry, load_registry

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@alone()
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
    data: ArrayLike | str | Path | Samples | None = None,
    budget: float = DEFAULT_BUDGET,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Fit:
    """The parameter values that bring a template nearest to a target.

    norm: "max", "l1", "l2", "gauss", or "data", the root mean square over `data`. domain: None for
    the whole line, or the half line on which the tails can match, in the norm "data" where the
    inputs lie; a domain that is given is kept. init, bounds: start and interval of
    parameters, by name. set: parameters that are not fitted. weight: a formula of x that multiplies
    the error. relative: divide the error by the target's size. of: "value", "slope" (the error of
    the derivative) or "both". require: what the result must keep to, such as `f(0) = 0`,
    `min at -1`, `smooth`, `f <= mish`, `f = x for x >= 0`. round: what coefficients must be
    representable in, such as `decimal:2`, `dyadic:8`, `float16`, `q3.12`. variants: put
    the fits in all other norms beside it, and the values that the registry has for the template;
    the fit itself is the same with and without. budget: seconds for proving that nothing is better.
    data: inputs as they really occur, an array or a file, for the errors over those in the fit's
    domain; the fit is the same unless its norm is "data". Counted ones, as in a histogram, are
    `actx.core.samples.Samples.counted(values, counts)`. Raises FitError where no fit can be made,
    DataError for data that is none, and otherwise as `show`.
    """
    inputs = None if data is None else Samples.of(data)
    known = registry or load_registry()
    read = read_formulas([template, target], set, known)
    factor = None if weight is None else read_formulas([weight], None, known)[0].bound
    task = Task(
        read[0],
        read[1],
        Criterion(norm_named(norm), factor, relative, of, inputs),
        parameters_of(
            by_english_name(init or {}), by_english_name(bounds or {}), numbers(set or {})
        ),
        (require,) if isinstance(require, str) else tuple(require),
        None if domain is None else domain_of(domain),
    )
    made = fit_template(
        task, known, budget=budget, rounding=round, variants=variants, progress=progress
    )
    if inputs is None:
        return made
    fitted = read_formulas([made.formula], None, known)[0]
    return replace(made, data=data_errors(fitted, read[1], inputs.within(Domain.of(made.domain))))
