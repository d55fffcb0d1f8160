"""The whole from what is known of a finite part and of the rays beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from actx.analysis.endless.periods import period
from actx.analysis.endless.ray import Values, is_close, values_on
from actx.analysis.results import (
    ComparisonRow,
    Enclosure,
    Exploration,
    Extremum,
    Kind,
    KinkReport,
    MaxError,
    MaxSlopeError,
    Size,
    Tails,
    Undecided,
)
from actx.calculus.formula import Formula
from actx.calculus.guards import guards_at
from actx.calculus.pieces import pieces
from actx.calculus.proven.identity import proven_equal
from actx.core.domain import Domain, Ends
from actx.core.errors import AnalysisError
from actx.core.norms import integral_norms
from actx.language.derivative import derivative
from actx.language.operations import CONDITIONS, OPERATIONS
from actx.language.tree import ZERO, Node, simplified, walk

Answer = TypeVar("Answer", Exploration, ComparisonRow, KinkReport)
_REACHES = (8.0, 4.0)  # of the finite part
_NEAR = 1e-6  # a break so near to the end of a ray is taken to be there
_C_INFINITY = "C∞"


def with_rays(
    whole: Callable[[Domain], Answer],
    on_ray: Callable[[Domain], Answer],
    joined: Callable[[Sequence[Answer], Ends], Answer],
    domain: Domain,
) -> Answer:
    """What is known of an interval, or of a finite part of it and the rays beside that.

    whole: tells it of all of an interval; on_ray: what can be told where a function goes on without
    end. Raises AnalysisError, where not even of a part it can be told.
    """
    try:
        return whole(domain)
    except AnalysisError as reason:
        if domain.bounded or reason.arguments.get("domain") is None:
            raise
        for reach in _REACHES:
            try:
                parts = [
                    whole(part) if part.bounded else on_ray(part) for part in _parts(domain, reach)
                ]
            except AnalysisError:
                continue
            return _told(joined(parts, domain.ends), reason, domain, reach)
        raise


def _told(made: Answer, reason: AnalysisError, domain: Domain, reach: float) -> Answer:
    """The whole with a note, and without extrema that are none but for the ends of its part."""
    if isinstance(made, KinkReport):
        return made
    note = _note(reason, domain, reach)
    if isinstance(made, ComparisonRow):
        return replace(made, notes=(*made.notes, note))
    cuts = {x for part in _parts(domain, reach) if not part.bounded for x in (part.lo, part.hi)}
    minima, maxima = (
        tuple(e for e in found if cuts.isdisjoint(e.x if isinstance(e.x, tuple) else (e.x,)))
        for found in (made.minima, made.maxima)
    )
    return replace(made, minima=minima, maxima=maxima, notes=(*made.notes, note))


def _parts(domain: Domain, reach: float) -> list[Domain]:
    """A finite part of an interval, and what is left of it."""
    lo = domain.lo if math.isfinite(domain.lo) else min(-reach, domain.hi - reach)
    hi = domain.hi if math.isfinite(domain.hi) else max(reach, domain.lo + reach)
    if math.isinf(domain.lo) and math.isinf(domain.hi):
        lo, hi = -reach, reach
    edges = [domain.lo, lo, hi, domain.hi]
    return [Domain(a, b) for a, b in pairwise(edges) if a < b]


def _note(reason: AnalysisError, domain: Domain, reach: float) -> str:
    beyond = [
        f"x = {part.lo if math.isinf(part.hi) else part.hi:g}"
        for part in _parts(domain, reach)
        if not part.bounded
    ]
    return (
        f"{reason.message} Beyond {' and '.join(beyond)} extrema, zeros and kinks are not listed; "
        "what is proven of values holds there, too."
    )


def ray_exploration(formula: Formula, ray: Domain, *, proofs: bool) -> Exploration:
    """One formula on a ray."""
    from actx.calculus.cost import count

    tree, smooth = _outer(formula.bound, ray)
    found = values_on(tree, ray)
    least, largest = (_extremum(found, sign, ray, proofs) for sign in (-1, 1))
    open_lists = ["extrema"] + ["zeros"] * (found.hull[0] <= 0 <= found.hull[1])
    return Exploration(
        name=formula.name,
        formula=formula.text,
        domain=(ray.lo, ray.hi),
        minimum=least,
        maximum=largest,
        minima=(),
        maxima=(),
        zeros=(),
        kinks=(),
        smoothness=_C_INFINITY,
        tails=Tails(None, None),
        undecided=tuple(Undecided(what, (ray.lo, ray.hi)) for what in open_lists)
        + _kinks_open(ray, smooth=smooth),
        operations=count(formula.bound),
        lipschitz=_slope(derivative(tree), ray, proofs) if smooth else None,
    )


def ray_kink_report(formula: Formula, ray: Domain, max_order: int) -> KinkReport:
    """The kinks of one formula on a ray: none, or it is not known."""
    _, smooth = _outer(formula.bound, ray)
    open_lists = _kinks_open(ray, smooth=smooth)
    return KinkReport(
        formula.text, (ray.lo, ray.hi), max_order, (), _C_INFINITY, undecided=open_lists
    )


def ray_row(candidate: Formula, target: Formula, ray: Domain, *, proofs: bool) -> ComparisonRow:
    """One candidate against the target on a ray."""
    (f, smooth), (g, both) = _outer(candidate.bound, ray), _outer(target.bound, ray)
    both = smooth and both
    error = ZERO if both and proven_equal(f, g) else simplified("sub", f, g)
    found = values_on(error, ray)
    least, largest = found.most(-1), found.most(1)
    value = max(largest[0], -least[0])
    at = found.largest if largest[0] >= -least[0] else found.least
    ends = max(largest[1][0], -least[1][1], 0.0), max(largest[1][1], -least[1][0])
    slope = simplified("sub", derivative(f), derivative(g)) if error is not ZERO else ZERO
    unknown = MaxSlopeError(math.nan, math.nan)
    return ComparisonRow(
        max_error=MaxError(
            value,
            at.x if math.isfinite(value) else math.copysign(math.inf, at.x),
            at.value,
            ends if proofs else None,
            proofs and is_close(ends),
            x_enclosure=(ray.lo, ray.hi) if proofs else None,
        ),
        norms=_sizes(
            ends[1], ray, proofs, nothing=error is ZERO, endless=ends[0] > 0 and _goes_on(error)
        ),
        name=candidate.name,
        formula=candidate.text,
        max_slope_error=_slope(slope, ray, proofs) if both else unknown,
        minimum=_extremum(values_on(f, ray), -1, ray, proofs),
        kinks=(),
        smoothness=_C_INFINITY,
        undecided=_kinks_open(ray, smooth=smooth),
    )


def _goes_on(tree: Node) -> bool:
    """Whether a tree is continuous and repeats itself, so that its integrals are 0 or infinite."""
    return period(tree) is not None and not any(map(_may_break, walk(tree)))


def _outer(tree: Node, ray: Domain) -> tuple[Node, bool]:
    """What a tree is on a ray, and whether it is known to be smooth there, its end included."""
    end = ray.lo if math.isfinite(ray.lo) else ray.hi
    try:
        beside = pieces(tree, end - 1, end + 1).breakpoints
        found = pieces(tree, ray.lo, ray.hi).pieces
    except AnalysisError:
        return tree, not any(map(_may_break, walk(tree)))
    if len(found) > 1:
        return tree, False
    return found[0].tree, not any(abs(float(x) - end) < _NEAR for x in beside)


def _may_break(tree: Node) -> bool:
    """Whether an operation may have kinks, jumps or poles."""
    if tree.constant or not tree.args:
        return False
    return (
        tree.op in CONDITIONS
        or OPERATIONS[tree.op].is_piecewise
        or any(True for _ in guards_at(tree))
    )


def _kinks_open(ray: Domain, *, smooth: bool) -> tuple[Undecided, ...]:
    return () if smooth else (Undecided("kinks", (ray.lo, ray.hi)),)


def _extremum(found: Values, sign: int, ray: Domain, proofs: bool) -> Extremum:
    value, ends = found.most(sign)
    at = found.largest if sign > 0 else found.least
    if math.isinf(value):
        x, kind = math.copysign(math.inf, at.x), Kind.UNBOUNDED
    else:
        x, kind = at.x, Kind.INTERIOR
    enclosure = Enclosure((ray.lo, ray.hi), ends) if proofs else None
    return Extremum(x, value, kind, enclosure, proofs and is_close(ends))


def _slope(slope: Node, ray: Domain, proofs: bool) -> MaxSlopeError:
    """sup of the size of a slope on a ray."""
    found = values_on(slope, ray)
    least, largest = found.most(-1), found.most(1)
    at = found.largest if largest[0] >= -least[0] else found.least
    ends = max(largest[1][0], -least[1][1], 0.0), max(largest[1][1], -least[1][0])
    value = max(largest[0], -least[0])
    return MaxSlopeError(
        value,
        at.x if math.isfinite(value) else math.copysign(math.inf, at.x),
        ends if proofs else None,
        (ray.lo, ray.hi) if proofs else None,
    )


def _sizes(
    most: float, ray: Domain, proofs: bool, *, nothing: bool, endless: bool
) -> dict[str, Size]:
    """The integral norms on a ray of an error that is at most so large; unknown without a density.

    With one it is next to nothing so far out. endless: they are infinite without one.
    """
    start = min(abs(ray.lo), abs(ray.hi))
    found = {}
    for norm in integral_norms():
        if nothing:
            found[norm.name] = Size(0.0, (0.0, 0.0) if proofs else None)
        elif norm.deviation is None:
            size, least = (math.inf, math.inf) if endless else (math.nan, 0.0)
            found[norm.name] = Size(size, (least, math.inf) if proofs else None)
        else:
            part = math.erfc(start / norm.deviation / math.sqrt(2)) / 2
            upper = most * math.sqrt(part) * (1 + 1e-9) + 5e-324
            found[norm.name] = Size(0.0, (0.0, upper) if proofs else None)
    return found
