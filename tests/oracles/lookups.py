"""Lookups of published formats over all inputs, in plain Python, written from their own texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction


def clamp(v: int, bits: int) -> int:
    return min(max(v, -(1 << (bits - 1))), (1 << (bits - 1)) - 1)


def segment_lookup(table: Sequence[int], shift: int, half: int) -> list[int]:
    """Top 9 bits find, 7 interpolate: TensorFlow Lite with 7 and 64, TOSA with 0 and 0."""
    outputs = []
    for q in range(-32768, 32768):
        index, part = 256 + (q >> 7), q & 0x7F
        base, slope = table[index], table[index + 1] - table[index]
        outputs.append(((base << 7) + slope * part + half) >> shift)
    return outputs


def nvdla_lookup(table: Sequence[int], select: int) -> list[int]:
    """SDP's integer path: hits, priorities and interpolation with 35 bits of fraction."""
    raw, dense, start = table[:65], table[65:], -(128 << select)
    outputs = []
    for q in range(-32768, 32768):
        le = (q + 32768) >> 10
        lo = (q - start) >> select
        if q > start and lo < 256:
            held, index, part, bits = dense, lo, (q - start) & ((1 << select) - 1), select
        elif q > -32768 and le < 64:
            held, index, part, bits = raw, le, (q + 32768) & 0x3FF, 10
        else:  # below both tables: LE's first entry
            held, index, part, bits = raw, 0, 0, 10
        fraction = part << (35 - bits)
        wide = held[index] * ((1 << 35) - fraction) + held[index + 1] * fraction
        size = (abs(wide) + (1 << 34)) >> 35  # to nearest, ties away from 0
        outputs.append(clamp(size if wide >= 0 else -size, 16))
    return outputs


def nvdla_exponential(table: Sequence[int], select: int, start: int) -> list[int]:
    """The same with LE exponential from a start: the highest bit of x - start, and the rest."""
    raw, dense, low = table[:65], table[65:], -(128 << select)
    outputs = []
    for q in range(-32768, 32768):
        above = q - start
        if q > low and (q - low) >> select < 256:
            held, index = dense, (q - low) >> select
            fraction = ((q - low) & ((1 << select) - 1)) << (35 - select)
        elif above > 0:
            held, index = raw, above.bit_length() - 1
            fraction = (above - (1 << index)) << (35 - index)
        else:
            held, index, fraction = raw, 0, 0
        wide = held[index] * ((1 << 35) - fraction) + held[index + 1] * fraction
        size = (abs(wide) + (1 << 34)) >> 35
        outputs.append(clamp(size if wide >= 0 else -size, 16))
    return outputs


def hls4ml_lookup(
    table: Sequence[int], reach: int, fraction: int = 10, bits: int = 16
) -> list[int]:
    """int(x * 1024 / 16) + 512, clamped; C's conversion to int cuts off towards 0."""
    outputs = []
    for q in range(-(1 << bits - 1), 1 << bits - 1):
        index = int(Fraction(q, 1 << fraction) * 1024 / (2 * reach)) + 512
        outputs.append(table[min(max(index, 0), 1023)])
    return outputs


def between(table: Sequence[int], lowest: int, bits: int, kept: int, how: str) -> list[int]:
    """Top bits find, the next ones (`kept`) interpolate, in exact fractions that are rounded."""
    width = (1 << bits) // (len(table) - 1)
    outputs = []
    for above in range(1 << bits):
        i, on = divmod(above, width)
        t = Fraction(math.floor(Fraction(on, width) * (1 << kept)), 1 << kept)
        y = table[i] + (table[i + 1] - table[i]) * t
        size = math.floor(abs(y) + Fraction(1, 2))
        outputs.append(
            {
                "truncate": math.floor(y),
                "half-up": math.floor(y + Fraction(1, 2)),
                "nearest-even": round(y),
                "half-away": size if y >= 0 else -size,
            }[how]
        )
    return outputs
