"""Values where float64 arithmetic breaks down on the way, from the series of the outer pieces."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.arithmetic.coefficients import SeriesError
from actx.arithmetic.series import Place, Series, evaluate
from actx.calculus.expansion import ask
from actx.calculus.pieces import pieces
from actx.calculus.values import evaluate as evaluate_tree
from actx.core.alone import alone
from actx.core.errors import AnalysisError
from actx.language.tree import Node

_FAR = 20.0  # nearer to 0 not even a square of exp overflows float32


@alone()
def fill_in(
    tree: Node, x: NDArray[np.float64], values: NDArray[Any], lost: NDArray[np.bool_]
) -> None:
    """Replace the values marked as lost by those of the tail, where there is one; in place."""
    if values.dtype != np.float64:  # it may overflow in float32 only
        values[lost] = evaluate_tree(tree, x[lost])
        lost = lost & np.isnan(values)
    for side in (-1, 1):
        places = lost & (np.sign(x) == side) & (np.abs(x) > _FAR)
        if not places.any():
            continue
        try:
            function = pieces(tree)
            outer = function.pieces[-1 if side > 0 else 0]
            series = ask(outer.tree, Place(None, side), lambda s: s if s.terms else _known(s))
        except (AnalysisError, SeriesError):
            continue
        beyond = max(series.start, *(abs(float(b)) for b in (*function.breakpoints, 0)))
        values[places] = [_value(series, abs(t), beyond) for t in x[places].tolist()]


def _known(series: Series) -> Series:
    series.limit()  # raises where more terms are needed
    return series


def _value(series: Series, t: float, beyond: float) -> float:
    if math.isinf(t):
        return series.limit()
    return evaluate(series, t) if t >= beyond else math.nan
