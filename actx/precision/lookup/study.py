"""A table of integers for a function: the best entries, those of a format, and their errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from actx.analysis.errors.over_data import data_errors_of
from actx.analysis.results import DataErrors
from actx.calculus.formula import Formula
from actx.calculus.proven.enclose import exact_sign
from actx.core.domain import Domain
from actx.core.errors import FitError, UsageError
from actx.core.samples import Samples
from actx.language.tree import Node
from actx.precision.lookup.entries import Demands, Entries, best_entries, lower_bound
from actx.precision.lookup.formats import (
    IntegerFormat,
    Integers,
    covering,
    input_format,
    integer_format,
    scaled,
)
from actx.precision.lookup.likes import LIKES, like, values
from actx.precision.lookup.ranges import over_inputs, over_line, places_of
from actx.precision.lookup.results import IntegerTable, Reached
from actx.precision.lookup.rules import Rounding, Rule, direct, interpolated
from actx.precision.lookup.truth import Truth, truth
from actx.precision.quantisation import best_quantiser

TYPES = ("int8", "uint8", "int16", "uint16")  # without a scale, which a range then tells
_DEFAULT_RANGE = (-8.0, 8.0)
REQUIREMENTS = ("monotone", "f(0) = 0")


@dataclass(frozen=True)
class Asked:
    """What a table is to be: texts as `actx.integer_table` takes them."""

    input: str | None = None
    output: str | None = None
    input_range: Domain | str | None = None
    like: str | None = None
    segments: int | None = None
    rounding: Rounding = Rounding.HALF_UP
    fraction_bits: int | None = None
    require: Sequence[str] = ()
    inputs: Samples | None = None

    @property
    def searches(self) -> bool:
        """Whether the range is looked for: where it is asked to be, or data alone tell of it."""
        if self.input_range is not None or self.inputs is None:
            return self.input_range == "auto"
        text = self.input or (like(self.like).input if self.like else "")
        return text.strip().lower() in TYPES


def integer_table(of: Formula, asked: Asked) -> IntegerTable:
    """Make it. Raises UsageError, AnalysisError, FitError."""
    tree, notes = of.bound, []
    given = _input(tree, asked)

    def quick(tried: IntegerFormat) -> IntegerFormat:
        return _output(tree, tried, asked, quick=True)

    if asked.inputs is not None and asked.searches:
        given, words = over_inputs(asked.inputs, tree, given, quick)
        notes.append(words)
    elif asked.searches:
        given, words = over_line(tree, given, quick)
        notes.append(words)
    output = _output(tree, given, asked)
    rule, own, lookup = _made(tree, given, output, asked)
    known = truth(tree, given, rule.output)
    found = best_entries(rule, known, _demands(known, asked.require))
    reached = reached_by(known, rule.outputs(found.table))
    _kept(asked.require, reached)
    notes += _notes(found)
    return IntegerTable(
        name=of.name,
        formula=of.text,
        like=asked.like or "",
        input=given,
        output=rule.output,
        entries=rule.entries,
        lookup=lookup,
        stretches=rule.stretches,
        fraction_bits=rule.fraction_bits,
        drop=rule.drop,
        rounding=rule.rounding,
        inputs=given.integers.size,
        reached=reached,
        best=found.best,
        bound=_scaled((lower_bound(rule, known, found), 0.0), rule.output.scale)[0],
        published=None if own is None else reached_by(known, rule.outputs(own)),
        integers=tuple(found.table.tolist()),
        published_integers=None if own is None else tuple(own.tolist()),
        notes=tuple(notes),
        data=_over_data(of, rule.output, given, rule.outputs(found.table), asked.inputs),
    )


def _over_data(
    of: Formula, output: IntegerFormat, given: IntegerFormat, outputs: Integers,
    inputs: Samples | None,
) -> DataErrors | None:  # fmt: skip
    """The errors over inputs as they occur, each rounded to the nearest integer and clamped."""
    if inputs is None:
        return None
    made = (outputs - output.zero).astype(np.float64) * output.scale
    return data_errors_of(made[places_of(given, inputs.values)], of, inputs)


def _notes(found: Entries) -> list[str]:
    if found.best:
        return []
    return ["The entries were searched: others may do better under this lookup."]


def _input(tree: Node, asked: Asked) -> IntegerFormat:
    """The input format, of a format followed, a range, or as it is given."""
    text = asked.input or (like(asked.like).input if asked.like else None)
    if text is None:
        raise UsageError("A table of integers needs its input format, as in int8:0.05,0 or q4.11.")
    name = text.strip().lower()
    reach = asked.input_range
    if name in TYPES:
        lo, hi = (reach.lo, reach.hi) if isinstance(reach, Domain) else _DEFAULT_RANGE
        found = covering(name, lo, hi)
    elif reach is not None:
        raise UsageError(
            f"The input {text[:60]!r} has its range; an input range goes with int8, uint8, int16 "
            "or uint16 without a scale."
        )
    else:
        found = input_format(text)
    needed = LIKES[asked.like].input if asked.like else found.name
    if needed != found.name and not (needed[0] == found.name[0] == "q"):
        raise UsageError(f"A table like {asked.like} has inputs of {needed}, not {found.name}.")
    return found


def _output(tree: Node, given: IntegerFormat, asked: Asked, quick: bool = False) -> IntegerFormat:
    """The output format; without a scale the best for the values (8 bits), or what covers them."""
    text = asked.output or ("q5.10" if asked.like == "hls4ml" else given.name)
    name = text.strip().lower()
    if name not in TYPES:
        found = integer_format(text)
    else:
        v = values(tree, given.numbers)
        if name.endswith("int8") and not quick:
            best = best_quantiser(v)
            found = scaled(name, best.scale, best.zero_point + (128 if name[0] == "u" else 0))
        else:
            # An entry behind the last input continues the line.
            ends = [*v.tolist(), 2 * v[-1] - v[-2]] if asked.like or asked.segments else v
            lo, hi = min(float(np.min(ends)), 0.0), max(float(np.max(ends)), 0.0)
            found = covering(name, lo, hi if hi > lo else lo + 1.0)
    if asked.like and asked.like != "hls4ml" and found.name != given.name:
        raise UsageError(
            f"A table like {asked.like} has entries of {given.name}, not {found.name}."
        )
    return found


def _made(
    tree: Node, given: IntegerFormat, output: IntegerFormat, asked: Asked
) -> tuple[Rule, Integers | None, str]:
    if asked.like:
        if asked.segments is not None:
            raise UsageError(f"A table like {asked.like} has its own number of segments.")
        if asked.fraction_bits is not None:
            raise UsageError(f"A table like {asked.like} has its own number of fraction bits.")
        return like(asked.like).make(tree, given, output)
    if asked.segments is None:
        if asked.fraction_bits is not None:
            raise UsageError(
                "With one entry an input nothing is interpolated; fraction bits go with segments."
            )
        return direct(given, output), None, f"{2**given.bits} entries, one an input"
    rule = interpolated(given, output, asked.segments, asked.rounding, asked.fraction_bits)
    below = rule.stretches[0].shift
    cut = f" of {below}" if rule.fraction_bits < below else ""
    words = (
        f"{rule.count} entries, found by the top {given.bits - below} bits; "
        f"{rule.fraction_bits}{cut} bits interpolate, rounded {asked.rounding}"
    )
    return rule, None, words


def _direction(known: Truth) -> int:
    """1 where the function nowhere falls between inputs as its enclosures tell, -1 the same."""
    rises = bool(np.all(known.hi[1:] >= known.lo[:-1]))
    falls = bool(np.all(known.lo[1:] <= known.hi[:-1]))
    return 0 if rises == falls else (1 if rises else -1)


def _zero(known: Truth) -> bool:
    """Whether 0 is an input and the function is 0 there, exactly."""
    given = known.input
    return given.lowest <= given.zero <= given.highest and exact_sign(known.tree, 0) == 0


def _demands(known: Truth, require: Sequence[str]) -> Demands:
    wanted = ["".join(text.split()).lower() for text in require]
    for text, plain in zip(require, wanted, strict=True):
        if plain not in ("monotone", "f(0)=0"):
            raise UsageError(
                f"A table of integers can be required to be {' or to have '.join(REQUIREMENTS)}; "
                f"{text[:60]!r} is neither."
            )
    direction = _direction(known) if "monotone" in wanted else 0
    if "monotone" in wanted and not direction:
        raise UsageError("The function itself neither rises nor falls over all inputs.")
    if "f(0)=0" in wanted and not _zero(known):
        raise UsageError("The function itself is not 0 at 0, or 0 is no input.")
    return Demands(direction, "f(0)=0" in wanted)


def _kept(require: Sequence[str], reached: Reached) -> None:
    for text in require:
        kept = reached.monotone if text.strip().lower() == "monotone" else reached.zero
        if not kept:
            raise FitError(f"No table of that kind was found that keeps to {text!r}.")


def reached_by(known: Truth, y: Integers) -> Reached:
    """What outputs reach, over every input."""
    upper = np.maximum(y - known.lo, known.hi - y)
    lower = np.maximum(np.maximum(y - known.hi, known.lo - y), 0.0)
    place = int(np.argmax(upper))
    places = (
        float(np.nextafter(lower.max(), 0.0)),
        float(np.nextafter(upper[place], np.inf)),
    )
    direction, output = _direction(known), known.output
    zero = output.zero
    wrong = ((y > zero) & (known.hi < zero)) | ((y < zero) & (known.lo > zero))
    nearest = np.clip(known.nearest, output.lowest, output.highest)
    origin = known.input.zero - known.input.lowest
    return Reached(
        error=_scaled(places, output.scale),
        places=places,
        q=int(known.input.lowest + place),
        x=float(known.x[place]),
        y=float(output.value(int(y[place]))),
        rounded=int(np.count_nonzero(y == nearest)),
        monotone=bool(np.all(direction * np.diff(y) >= 0)) if direction else None,
        zero=bool(y[origin] == zero) if _zero(known) else None,
        sign=not bool(wrong.any()),
    )


def _scaled(ends: tuple[float, float], scale: float) -> tuple[float, float]:
    """Last places as a number, rounded outward: of the scale and of the product."""
    lo, hi = ends[0] * scale, ends[1] * scale
    for _ in range(3):
        lo, hi = float(np.nextafter(lo, 0.0)), float(np.nextafter(hi, np.inf))
    return lo, hi
