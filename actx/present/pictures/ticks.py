"""Ticks: round places, and labels that tell them apart without running into each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.ticker import MaxNLocator

from actx.present.pictures.labels import text_width
from actx.present.pictures.limits import Range

_STEPS = [1, 2, 5, 10]


@dataclass(frozen=True)
class Ticks:
    """Tick places and their labels."""

    places: tuple[float, ...]
    texts: tuple[str, ...]


def y_ticks(limits: Range, length: float, size: float) -> Ticks:
    """Ticks inside `limits` on an upright axis of `length` points, labelled in `size` points."""
    bins = max(2, min(8, int(length / (2.6 * size))))
    places = _places(*limits, bins)
    return Ticks(places, _texts(places))


def _places(lo: float, hi: float, bins: int) -> tuple[float, ...]:
    places = MaxNLocator(nbins=bins, steps=_STEPS).tick_values(lo, hi)
    return tuple(float(p) for p in places if lo <= p <= hi)


def x_ticks(view: tuple[float, float], length: float, size: float) -> Ticks:
    """As many ticks on a level axis of `length` points as have room for their labels."""
    lo, hi = view
    for bins in range(12, 0, -1):
        places = _places(lo, hi, bins)
        texts = _texts(places)
        if len(places) < 2:
            break
        step = (places[1] - places[0]) / (hi - lo) * length
        if max(text_width(text, size) for text in texts) + 1.2 * size <= step:
            return Ticks(places, texts)
    return Ticks((), ())


def _texts(places: Sequence[float]) -> tuple[str, ...]:
    """The places with as many decimals as their step has."""
    if not places:
        return ()
    step = places[1] - places[0] if len(places) > 1 else abs(places[0]) or 1.0
    clear = [0.0 if abs(p) < 1e-6 * step else p for p in places]
    largest = max(abs(p) for p in clear)
    if step < 1e-4 > 0.01 * largest or largest >= 1e6:
        # One digit more than tells them apart: steps are 1, 2 or 5.
        digits = math.floor(math.log10(largest / step)) + 2 if largest else 1
        return tuple(_power(p, min(digits, 17)) for p in clear)
    decimals = next((d for d in range(17) if _is_multiple(step, 10.0**-d)), 17)
    return tuple(f"{p:.{decimals}f}".replace("-", "−") for p in clear)


def _is_multiple(step: float, unit: float) -> bool:
    return abs(step / unit - round(step / unit)) < 1e-3 and round(step / unit) > 0


def _power(value: float, digits: int) -> str:
    mantissa, e, exponent = f"{value:.{digits}g}".partition("e")
    return (mantissa + e + (str(int(exponent)) if e else "")).replace("-", "−")
