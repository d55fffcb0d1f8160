"""Curves, their errors and derivatives in a picture."""

from __future__ import annotations

from pathlib import Path

from actx.analysis.sampling import sample
from actx.api.asking import DEFAULT_TARGET, DomainLike, domain_of, view_of
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, read_formulas
from actx.core.alone import alone
from actx.core.domain import WHOLE_LINE
from actx.present.pictures import check_output, draw
from actx.registry import Registry, load_registry


@alone()
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
    path = Path(output)
    check_output(path)

    known = registry or load_registry()
    names = list(formulas) + ([entry.name for entry in known.entries] if all else [])
    read = read_formulas([*names, target or DEFAULT_TARGET], set, known)
    span = view_of(view)
    families = {entry.name: entry.family for entry in known.entries}
    curves, goal, shown = sample(
        read[:-1], read[-1], domain_of(domain), span, families, forgiving=all
    )
    return draw(curves, goal, shown, path)
