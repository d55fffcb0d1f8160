"""int8: a function between quantised input and output, as engines run it from a table.

An integer q stands for scale·(q - zero_point), as in ONNX, TFLite and PyTorch; 0 is one of the
numbers that are met exactly. All 256 inputs are looked at. The output's scale and zero point are
those with the least largest error of rounding: between the scales at which one of the integers
changes, that error is convex in the scale.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from actx.analysis.explore import function_of
from actx.analysis.type_results import Deviation, Quantisation, Quantiser
from actx.core.domain import Domain
from actx.core.errors import AnalysisError, DomainError
from actx.language.text import to_text
from actx.language.tree import Node
from actx.precision.exact import Exact, Known
from actx.precision.number_types import NUMBER_TYPES, QUANTISED, Doubles

_LOWEST, _HIGHEST = -128, 127
_LEVELS: Doubles = np.arange(_LOWEST, _HIGHEST + 1).astype(np.float64)
_STRETCHES = 12  # of scales, in which the best one is looked for
_WITHIN = 64  # places about each input at which the rounding of the input is looked at


def quantised(candidate: Node, target: Node, input_range: Domain) -> Quantisation:
    """The errors of a candidate from int8 to int8, against the target, for inputs in a range.

    Raises DomainError for a range that is not finite, AnalysisError for a formula without a value
    somewhere in it.
    """
    if not input_range.bounded:
        raise DomainError(f"The input range {input_range} needs two finite ends, as in -6:6.")
    reach = Domain(min(input_range.lo, 0.0), max(input_range.hi, 0.0))
    given = covering(reach)
    x = given.scale * (_LEVELS - given.zero_point)
    everywhere = _cells(x, given.scale)
    around = Domain(float(everywhere[0]), float(everywhere[-1]))
    f, f_off = _values(candidate, x, around)
    g, g_off = _values(target, x, around)
    goal, _ = _values(target, everywhere, around)
    output = best_quantiser(f)
    y = dequantised(output, f)
    total = y - g
    return Quantisation(
        name=QUANTISED,
        input_range=(input_range.lo, input_range.hi),
        input=given,
        output=output,
        values=x.size,
        max_error=_worst(total, x),
        formula_error=_worst(np.where(np.abs(f - g) > f_off + g_off, f - g, 0.0), x),
        rounding_error=_worst(y - f, x),
        overall_error=_worst(np.repeat(y, _WITHIN) - goal, everywhere),
        mean_error=float(np.mean(np.abs(total))),
        mean_rounding=float(np.mean(np.abs(y - f))),
        notes=_notes(input_range, reach),
    )


def _notes(asked: Domain, used: Domain) -> tuple[str, ...]:
    if used == asked:
        return ()
    return (f"The input range is taken as {used}, for 0 is to be met exactly.",)


def covering(reach: Domain) -> Quantiser:
    """The quantiser whose 256 numbers reach over a range with 0 in it, 0 being one of them."""
    scale = (reach.hi - reach.lo) / (_HIGHEST - _LOWEST)
    zero_point = round(_LOWEST - reach.lo / scale)
    return Quantiser(scale, min(max(zero_point, _LOWEST), _HIGHEST))


def dequantised(quantiser: Quantiser, values: Doubles) -> Doubles:
    """What values become by quantising (to nearest, ties to even, clamped) and back."""
    return _integers(values, quantiser.scale, quantiser.zero_point) * quantiser.scale


def _integers(values: Doubles, scale: float | Doubles, zero_point: int) -> Doubles:
    """q - zero_point of each value."""
    q: Doubles = np.clip(np.rint(values / scale) + zero_point, _LOWEST, _HIGHEST)
    return q - zero_point


def best_quantiser(values: Doubles) -> Quantiser:
    """The scale and zero point with the least largest error of rounding these values.

    Between several, the one with the smaller mean error. Values that are all 0 have scale 1.
    """
    lo, hi = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    if hi == lo:
        return Quantiser(1.0, 0)
    found: list[tuple[float, float, Quantiser]] = []
    centre = round(_LOWEST - lo / ((hi - lo) / (_HIGHEST - _LOWEST)))
    for zero_point in range(max(centre - 3, _LOWEST), min(centre + 3, _HIGHEST) + 1):
        # Half a step beyond the last integer is still rounded to it.
        covers = max(hi / (_HIGHEST - zero_point + 0.5), lo / (_LOWEST - zero_point - 0.5))
        for scale in _scales(values, zero_point, 0.9 * covers, 1.15 * covers):
            error = np.abs(_integers(values, scale, zero_point) * scale - values)
            found.append((float(error.max()), float(error.mean()), Quantiser(scale, zero_point)))
    return min(found, key=lambda each: each[:2])[2]


def _scales(values: Doubles, zero_point: int, lo: float, hi: float) -> list[float]:
    """The best scales of the most promising stretches in which all integers stay the same."""
    halves = np.arange(_LOWEST - zero_point, _HIGHEST - zero_point) + 0.5
    changes = (values[:, None] / halves).ravel()
    changes = np.unique(np.concatenate([[lo, hi], changes[(changes > lo) & (changes < hi)]]))
    middles = changes[:-1] + np.diff(changes) / 2
    integers = _integers(values[:, None], middles, zero_point)
    worst = np.abs(integers * middles - values[:, None]).max(axis=0)
    promising = np.argsort(worst, kind="stable")[:_STRETCHES]
    return [
        float(np.clip(_scale_for(values, integers[:, i]), changes[i], changes[i + 1]))
        for i in promising.tolist()
    ]


def _scale_for(values: Doubles, integers: Doubles) -> float:
    """The s with the least max|s·k - y|, by bisection on its slope: the maximum is convex in s."""
    used = integers != 0
    ratios = values[used] / integers[used]  # not empty: the largest value is not rounded to 0
    lo, hi = float(ratios.min()), float(ratios.max())
    for _ in range(60):
        middle = lo + (hi - lo) / 2
        error = middle * integers - values
        worst = int(np.argmax(np.abs(error)))
        if error[worst] * integers[worst] > 0:
            hi = middle
        else:
            lo = middle
    return lo + (hi - lo) / 2


def _cells(x: Doubles, scale: float) -> Doubles:
    """For each input, places from which it is reached by rounding; the ends are not passed."""
    offsets = np.linspace(-0.5, 0.5, _WITHIN) * scale
    cells: NDArray[np.float64] = np.clip(x[:, None] + offsets, x[0], x[-1]).ravel()
    return cells


def _values(tree: Node, x: Doubles, domain: Domain) -> Known:
    """The exact values at ascending x, which must be finite, and by how much they may be off."""
    exact = Exact(tree, function_of(tree, domain), NUMBER_TYPES["float32"])
    found, off = exact.careful(x)
    lost = np.flatnonzero(~np.isfinite(found))
    if lost.size:
        raise AnalysisError(
            f"{to_text(tree)} has no finite float32 value at x = {x[lost[0]]:.7g}, which is in the "
            "input range."
        )
    return found, off


def _worst(error: Doubles, x: Doubles) -> Deviation:
    place = int(np.argmax(np.abs(error)))
    return Deviation(abs(float(error[place])), float(x[place]), float(error[place]))
