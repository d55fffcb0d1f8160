"""The kinks that are listed, proven, and the smoothness that is told, with what is in doubt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from actx.analysis.kinks import kinks as kinks_of
from actx.analysis.proven_kinks import polynomial_jumps, prove_kinks
from actx.analysis.results import Kink, Undecided
from actx.calculus.pieces import Piecewise
from actx.calculus.proven.pieces import Verified
from actx.core.errors import AnalysisError


def kinks_proven(
    verified: Verified, function: Piecewise, kinks: Sequence[Kink], max_order: int, smoothness: str
) -> tuple[tuple[Kink, ...], tuple[Undecided, ...]]:
    """The kinks with enclosures, and the breakpoints at which it could not be decided."""
    proven, places = prove_kinks(verified, function, kinks, max_order, entire=smoothness == "C∞")
    if not verified.exact:
        proven = tuple(replace(kink, proven=False) for kink in proven)
        places = tuple(float(x) for x in function.breakpoints)
    late = () if places else _late_kinks(verified, function, max_order, smoothness)
    rough = tuple(Undecided("smoothness", (x, x)) for x in late)
    return proven, (*(Undecided("kinks", (x, x)) for x in places), *rough)


def _late_kinks(
    verified: Verified, function: Piecewise, max_order: int, smoothness: str
) -> tuple[float, ...]:
    """Where derivatives beyond the order asked for are not proven to be as smoothness says."""
    order = int(smoothness[1:]) + 1 if smoothness[1:].isdigit() else 0
    if order <= max_order:
        return ()  # the kinks themselves tell
    jumps = [polynomial_jumps(left, right) for left, right in pairwise(function.pieces)]
    known = [j for j in jumps if j is not None]
    firsts = [next((n for n, jump in enumerate(j) if jump), math.inf) for j in known]
    if len(known) == len(jumps) and min(firsts) == order:
        return ()
    try:
        found = kinks_of(function, order)[0]
    except AnalysisError:  # more terms than are expanded
        return tuple(float(x) for x in function.breakpoints)
    proven, places = prove_kinks(verified, function, found, order)
    return (*places, *(kink.x for kink in proven if not kink.proven))
