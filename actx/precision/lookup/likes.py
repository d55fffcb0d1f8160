"""Tables as published formats have them: how entries are found, and their own rules for entries.

Facts, each checked against the code or text that is named. What float32 arithmetic would round on
the way to an entry is left out: rules are computed in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from actx.calculus.values import evaluate
from actx.core.errors import AnalysisError, UsageError
from actx.language.syntax import parse
from actx.language.text import to_text
from actx.language.tree import Node
from actx.precision.lookup.formats import IntegerFormat, Integers, integer_format
from actx.precision.lookup.rules import (
    Rounding,
    Rule,
    Stretch,
    direct,
    interpolated,
    with_outputs,
    within,
)
from actx.precision.number_types import Doubles

Made = tuple[Rule, Integers, str]  # the entries by the format's rules, and the lookup in words


@dataclass(frozen=True)
class Like:
    """A published format: what its inputs are, and how it is made for a function."""

    input: str
    make: Callable[[Node, IntegerFormat, IntegerFormat], Made]


def values(tree: Node, x: Doubles) -> Doubles:
    """A function at places, in float64. Raises AnalysisError where it has no finite value."""
    with np.errstate(all="ignore"):
        found = np.broadcast_to(np.asarray(evaluate(tree, x), dtype=float), x.shape)
    lost = np.flatnonzero(~np.isfinite(found))
    if lost.size:
        raise AnalysisError(
            f"{to_text(tree)} has no finite value at x = {float(x[lost[0]]):.7g}, where the table "
            "needs one."
        )
    return np.array(found)


def half_away(v: Doubles) -> Doubles:
    """To the nearest integer, ties away from 0, as C's round."""
    return np.copysign(np.floor(np.abs(v) + 0.5), v)


def _clamped(v: Doubles, into: IntegerFormat) -> Integers:
    return np.clip(v, into.lowest, into.highest).astype(np.int64)


def _tflite_int8(tree: Node, given: IntegerFormat, output: IntegerFormat) -> Made:
    """TensorFlow Lite's LUTPopulate for int8 (lite/kernels/internal/common.h).

    256 entries, each the rescaled value rounded with ties away from 0, plus the zero point.
    """
    rule = direct(given, output)
    v = half_away(values(tree, given.numbers) / output.scale) + output.zero
    return rule, _clamped(v, output), "256 entries, one an input"


def _tflite_int16(tree: Node, given: IntegerFormat, output: IntegerFormat) -> Made:
    """TensorFlow Lite's LUTPopulate and LUTLookup for int16 (same file).

    513 entries found by the top 9 bits, 7 bits of fraction, interpolation rounded half up. The
    places of the entries divide lowest to highest input by 512, so they are 127.998 inputs apart
    where the lookup takes them for 128; an entry is lowered by half of the error in the middle of
    its segment.
    """
    rule = interpolated(given, output, 512, Rounding.HALF_UP)
    lowest, highest = (given.scale * (q - given.zero) for q in (given.lowest, given.highest))
    step = (highest - lowest) / 512
    at = lowest + step * np.arange(513.0)
    v = values(tree, at) / output.scale
    middle = half_away(values(tree, at[:-1] + step / 2) / output.scale)
    line = half_away((v[1:] + half_away(v[:-1])) / 2)
    v = half_away(v)
    v[:-1] -= half_away((line - middle) / 2)
    words = "513 entries, found by the top 9 bits; 7 bits interpolate, rounded half up"
    return rule, _clamped(v + output.zero, output), words


def _tosa_int16(tree: Node, given: IntegerFormat, output: IntegerFormat) -> Made:
    """The TABLE operator of the TOSA specification, int16 to int32.

    513 int16 entries, 9 bits of index and 7 of fraction; the result keeps the 7 bits: (e[i] << 7)
    + (e[i+1] - e[i])·fraction (apply_lookup_s). Entries as TensorFlow's legaliser makes them
    (getTosaConst16bitTable in compiler/mlir/tosa), by TensorFlow Lite's rule; it asks for zero
    points of 0. The specification asks that neighbouring entries differ by an int16.
    """
    if given.zero or output.zero:
        raise UsageError("A table like tosa-int16 has zero points of 0, as in int16:0.00024,0.")
    rule, table, _ = _tflite_int16(tree, given, output)
    if np.abs(np.diff(table)).max() >= 2**15:
        raise UsageError(
            "Neighbouring entries would differ by more than an int16, which the TOSA "
            "specification forbids; a larger output scale is needed."
        )
    wide = IntegerFormat("int32", 32, -(2**31), 2**31 - 1, output.scale / 2**7)
    words = "513 entries, found by the top 9 bits; 7 bits interpolate and stay in the output"
    return replace(with_outputs(rule, 7), output=wide), table, words


_RAW, _DENSE = 64, 256  # segments of NVDLA's tables


def _nvdla(tree: Node, given: IntegerFormat, output: IntegerFormat) -> Made:
    """The two tables of NVDLA's SDP (nvdla/hw, NV_NVDLA_SDP_HLS_Y_int_idx.v, _lut_line.v, _inp.v).

    LE has 65 entries and LO 257, of int16; an index is (x - start) >> select. A table is hit where
    start < x and the index is below its last, and of two hits LO is taken (hybrid priority); below
    the start of both LE's first entry holds. A fraction has 35 bits, which hold every select of a
    16-bit input; interpolation is rounded to nearest, ties away from 0 (NV_NVDLA_HLS_shiftrightsu).
    LE is linear and spans all inputs, or exponential (_lut_expn.v: the index is that of the highest
    bit of x - start, the fraction what is below it) from the lowest input or from 0 on; LO is some
    inputs about 0, as the manual recommends (a raw and a dense table). Which of these and how many
    inputs is chosen by the least error. Entries are left to software; here they are the values at
    their places, rounded.
    """
    q = given
    raw = _Raw(
        (Stretch(q.highest, q.lowest, q.bits - 6, 0),),
        q.lowest + (np.arange(_RAW + 1) << q.bits - 6), "over all inputs",
    )  # fmt: skip
    ways = [raw, *(_exponential(q, start) for start in (q.lowest, q.zero))]
    tried = [
        _nvdla_with(tree, given, output, way, select)
        for way in ways
        for select in range(given.bits - 7)
    ]
    goal = values(tree, given.numbers) / output.scale + output.zero
    worst = [float(np.max(np.abs(rule.outputs(table) - goal))) for rule, table, _ in tried]
    return tried[int(np.argmin(worst))]


@dataclass(frozen=True)
class _Raw:
    """How LE is found, the places of its entries, and this in words."""

    stretches: tuple[Stretch, ...]
    places: Integers
    words: str


def _exponential(given: IntegerFormat, start: int) -> _Raw:
    """LE with an entry at each power of two above a start; up to there the first one holds."""
    octaves = [Stretch(start + 2 ** (k + 1) - 1, start + 2**k, k, k) for k in range(given.bits)]
    flat = Stretch(start, given.lowest, 2 * given.bits, 0)  # its fraction is 0
    above = 2 ** np.minimum(np.arange(_RAW + 1), given.bits + 1)
    return _Raw((flat, *octaves), start + above, f"at powers of two above input {start}")


def _nvdla_with(
    tree: Node, given: IntegerFormat, output: IntegerFormat, raw: _Raw, select: int
) -> Made:
    start = given.zero - (_DENSE // 2 << select)
    end = start + (_DENSE << select)
    stretches = (
        *(replace(each, last=min(each.last, start)) for each in raw.stretches),
        Stretch(end - 1, start, select, _RAW + 1),
        *raw.stretches,
    )
    rule = Rule(
        given, output, output, _RAW + 1 + _DENSE + 1, within(given, stretches), given.bits,
        given.bits, Rounding.HALF_AWAY,
    )  # fmt: skip
    places = np.concatenate([raw.places, start + (np.arange(_DENSE + 1) << select)])
    inside = np.clip(places, given.lowest, given.highest + 1)
    v = half_away(
        values(tree, (inside - given.zero).astype(np.float64) * given.scale) / output.scale
    )
    words = (
        f"65 entries (LE) {raw.words}, 257 (LO) over {_DENSE << select} inputs about 0; "
        "interpolation rounded to nearest, ties away from 0"
    )
    return rule, _clamped(v + output.zero, output), words


def _to_zero(given: IntegerFormat, reach: int) -> tuple[Stretch, ...]:
    """The stretches of an index that is cut off towards 0 and clamped: of 1,024 entries."""
    shift = round(math.log2(2 * reach / 1024 / given.scale))  # inputs of an entry, as bits
    up = max(1 << max(shift, 0), 1) - 1  # below 0 the index is rounded up
    far = 512 << max(shift, 0) >> max(-shift, 0)
    return within(
        given,
        (
            Stretch(-far, given.lowest, given.bits, 0),
            Stretch(0, -up - far, shift, 0),
            Stretch(far - 1, 0, shift, 512),
            Stretch(given.highest, far - 1, given.bits, 1023),
        ),
    )


_HLS4ML_ENTRIES = integer_format("q7.10")  # ap_fixed<18, 8>


def _hls4ml(tree: Node, given: IntegerFormat, output: IntegerFormat) -> Made:
    """hls4ml's activation tables (templates/vivado/nnet_utils/nnet_activation.h).

    1,024 entries over -8:8 (-4:4 for tanh), ap_fixed<18, 8> by default, which cuts off what lies
    below its last place. The index is x·1024/16 converted to an integer, towards 0, plus 512, and
    clamped: so the middle entry serves twice as many inputs.
    """
    if given.zero or output.zero or not all(f.name.startswith("q") for f in (given, output)):
        raise UsageError("A table like hls4ml is in fixed point, as in q5.10 (its ap_fixed<16,6>).")
    reach = 4 if tree is parse("tanh(x)") else 8
    at = 2.0 * reach * (np.arange(1024) - 512.0) / 1024
    entries = _HLS4ML_ENTRIES
    coarser = round(np.log2(output.scale / entries.scale))
    table = np.floor(values(tree, at) / entries.scale).astype(np.int64)
    if table.max() > entries.highest or table.min() < entries.lowest:
        raise UsageError(f"The values go beyond ±128, where hls4ml's {entries.name} wraps around.")
    if coarser < 0:
        raise UsageError(
            f"The entries are {entries.name}, 10 bits after the point; {output.name} has more."
        )
    out = table >> coarser  # an output of fewer bits after the point is cut off
    if out.max() > output.highest or out.min() < output.lowest:
        raise UsageError(f"The values go beyond what {output.name} holds, and would wrap around.")
    rule = Rule(given, output, output, 1024, _to_zero(given, reach))
    words = (
        f"1024 entries over {-reach}:{reach}, index cut off towards 0, entries cut off downwards"
    )
    return rule, out, words


LIKES: Mapping[str, Like] = {
    "tflite-int8": Like("int8", _tflite_int8),
    "tflite-int16": Like("int16", _tflite_int16),
    "tosa-int16": Like("int16", _tosa_int16),
    "nvdla": Like("int16", _nvdla),
    "hls4ml": Like("q5.10", _hls4ml),
}


def like(name: str) -> Like:
    """A published format by its name. Raises UsageError."""
    if name not in LIKES:
        raise UsageError(
            f"There is no format {name[:40]!r} for tables here; there are {', '.join(LIKES)}."
        )
    return LIKES[name]
