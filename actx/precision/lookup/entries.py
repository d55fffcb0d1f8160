"""The best entries of a table under a rule: of all integers, those with the least largest error.

An entry matters to the inputs on both sides of it only, so the tables are paths: a dynamic program
over candidates for each entry finds the path whose worst cell is the least, with the very integers
that come out. Where an entry is met as it stands, one further off than the error that was reached
cannot do better; so when the candidates reach further than that, the path is the best of all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from actx.core.errors import FitError
from actx.precision.lookup.formats import Integers
from actx.precision.lookup.rules import Rule
from actx.precision.lookup.truth import Truth
from actx.precision.number_types import Doubles

_FEW = 2  # candidates on each side of an entry, to begin with
_MOST = 13  # beyond these the entries are searched in steps
_SIDE = 4  # candidates on each side in such a step
_ROUNDING = 2.0**-47  # relative
_ROUNDS = 24  # of these: steps of 2^15 become 1, and some more


@dataclass(frozen=True)
class Demands:
    """What a table has to keep to: rising or falling entries (1, -1; 0 for neither), f(0) = 0."""

    direction: int = 0
    zero: bool = False


NONE = Demands()


@dataclass(frozen=True)
class Entries:
    """A table, the largest error as the search measured it, and whether none does better."""

    table: Integers
    error: float
    best: bool


class _Cells:
    """The inputs in the order of their entries."""

    def __init__(self, rule: Rule, truth: Truth) -> None:
        order = np.argsort(rule.index, kind="stable")
        self.index = rule.index[order]
        self.fraction = rule.fraction[order]
        self.lo, self.hi = truth.lo[order], truth.hi[order]
        self.used, self.starts = np.unique(self.index, return_index=True)
        self.ends = np.append(self.starts[1:], order.size) - 1
        self.order = order


def best_entries(rule: Rule, truth: Truth, demands: Demands = NONE) -> Entries:
    """The entries with the least largest error. Raises FitError where no table keeps to demands."""
    if not rule.fraction_bits:
        return _separate(rule, truth, demands)
    cells = _Cells(rule, truth)
    centres, reach = _centres(rule, cells, demands)
    side = _FEW
    found = _paths(rule, cells, centres, side, 1, demands)
    needed = reach(found.error)
    if side < needed <= _MOST:
        side = needed
        found = _paths(rule, cells, centres, side, 1, demands)
        needed = reach(found.error)
    if needed <= side:
        return Entries(found.table, found.error, _within(rule))
    return _stepwise(rule, cells, found, demands)


def lower_bound(rule: Rule, truth: Truth, found: Entries) -> float:
    """What no entries do better than, in last places; 0 where nothing is known.

    Of the best ones their own error. Else: outputs of a cell are within half a place of a line
    (moved by half a place where bits are cut off), and no line comes nearer to three values than
    half of the distance of the middle one from the line through the others (de la Vallée-Poussin).
    """
    off = float(np.max(truth.hi - truth.lo))
    largest = max(float(np.max(np.abs(truth.lo))), float(np.max(np.abs(truth.hi))), 1.0)
    rounding = _ROUNDING * largest  # of a few differences of values in float64
    if found.best:
        return max(found.error - 2 * off - rounding, 0.0)
    if not rule.fraction_bits or not _within(rule):
        return 0.0
    cells = _Cells(rule, truth)
    middle = cells.lo + (cells.hi - cells.lo) / 2
    counts = cells.ends - cells.starts + 1
    first, last = (np.repeat(places, counts) for places in (cells.starts, cells.ends))
    t = cells.fraction
    share = (t - t[first]) / np.maximum(t[last] - t[first], 1)
    bend = float(np.max(np.abs(middle - middle[first] - share * (middle[last] - middle[first]))))
    return max((bend - 4 * off) / 2 - (0.5 if rule.drop else 0.0) - rounding, 0.0)


def _within(rule: Rule) -> bool:
    """Whether outputs are never clamped, so that an entry that is met is seen as it stands."""
    lo, hi = rule.entries.lowest * 2**rule.kept, rule.entries.highest * 2**rule.kept
    return bool(rule.output.lowest <= lo and hi <= rule.output.highest)


def _stepwise(rule: Rule, cells: _Cells, found: Entries, demands: Demands) -> Entries:
    """A search in steps that become finer, about the entries that were found."""
    span = rule.entries.highest - rule.entries.lowest  # a step beyond it is none
    stride = max(1, math.ceil(min(found.error / 2**rule.kept, span) / _SIDE))
    for _ in range(_ROUNDS):
        again = _paths(rule, cells, found.table, _SIDE, stride, demands)
        better = again.error < found.error
        found = again if better else found
        if stride == 1 and not better:
            break
        stride = max(1, stride // 2)
    return found


def _separate(rule: Rule, truth: Truth, demands: Demands) -> Entries:
    """Entries that are outputs: each the integer nearest to the middle of its values' range."""
    cells = _Cells(rule, truth)
    low = np.minimum.reduceat(cells.lo, cells.starts)
    high = np.maximum.reduceat(cells.hi, cells.starts)
    middle = np.rint(low + (high - low) / 2)
    alone = cells.starts == cells.ends
    middle[alone] = truth.nearest[cells.order[cells.starts[alone]]]
    table = np.zeros(rule.count, dtype=np.int64)
    bounds = rule.entries.lowest, rule.entries.highest
    table[cells.used] = np.clip(middle, *bounds).astype(np.int64)
    if demands.zero:
        table[rule.index[_origin(rule)]] = rule.output.zero
    outputs = rule.outputs(table)
    return Entries(table, float(np.max(np.maximum(outputs - truth.lo, truth.hi - outputs))), True)


def _origin(rule: Rule) -> int:
    """Where the input that stands for 0 is."""
    return rule.input.zero - rule.input.lowest


def _centres(
    rule: Rule, cells: _Cells, demands: Demands
) -> tuple[Integers, Callable[[float], int]]:
    """About where entries lie, and how far a better one may be from there, by the error reached.

    An entry that an input meets as it stands: its value, or 0 where it has to be. Another, as
    behind the last input: where the line through a met neighbour and the value nearest to it in
    their cell leads. An output is within the error and one place of rounding of its value, which
    bounds both.
    """
    unit, full = 2.0**rule.kept, 2**rule.fraction_bits
    middle = (cells.lo + (cells.hi - cells.lo) / 2) / unit
    at: Doubles = np.full(rule.count, np.nan)
    lowest, highest = np.full(rule.count, np.inf), np.full(rule.count, -np.inf)
    for place, mask in ((0, cells.fraction == 0), (1, cells.fraction == full)):
        np.minimum.at(lowest, cells.index[mask] + place, middle[mask])
        np.maximum.at(highest, cells.index[mask] + place, middle[mask])
    met = np.isfinite(lowest)
    at[met] = lowest[met] + (highest[met] - lowest[met]) / 2  # where bits are cut off, of several
    origin = _origin(rule)
    if demands.zero and rule.fraction[origin] == 0:
        at[rule.index[origin]] = rule.output.zero / unit
    reaches: dict[int, tuple[float, float]] = {}  # of an entry that is not met: slope and offset
    for cell, first, last in zip(cells.used, cells.starts, cells.ends, strict=True):
        for entry, other, place in ((cell + 1, cell, last), (cell, cell + 1, first)):
            t = int(cells.fraction[place])
            weight = t if entry > cell else full - t
            if entry >= rule.count or met[entry] or not weight or other >= rule.count:
                continue
            if met[other]:
                at[entry] = at[other] + (middle[place] - at[other]) * full / weight
                slope = (2.0**rule.drop + (full - weight) / unit) / weight
                reaches[entry] = slope, 2.0**rule.drop / weight
    used = np.union1d(cells.used, cells.used[cells.fraction[cells.ends] > 0] + 1)
    bounded = all(met[entry] or entry in reaches for entry in used.tolist())
    known = np.flatnonzero(np.isfinite(at))  # what no input finds may be anything
    at = np.interp(np.arange(rule.count), known, at[known])
    centres = np.clip(np.rint(at), rule.entries.lowest, rule.entries.highest).astype(np.int64)

    def reach(error: float) -> int:
        """How many candidates on each side hold every entry that may do as well as an error."""
        far = max([error / unit, *(a * error + b for a, b in reaches.values())])
        return math.floor(far + 0.5 + 1e-6) if bounded and far < _MOST else _MOST + 1

    return centres, reach


def _paths(
    rule: Rule, cells: _Cells, centres: Integers, side: int, stride: int, demands: Demands
) -> Entries:
    """The best table of candidates about centres, by a dynamic program."""
    offsets = stride * np.arange(-side, side + 1)
    candidates = np.clip(
        centres[:, None] + offsets, rule.entries.lowest, rule.entries.highest
    ).astype(np.int64)
    costs = _costs(rule, cells, candidates, demands)
    # The least worst cell of a path to each candidate.
    worst = np.zeros(offsets.size)
    for cell in range(rule.count - 1):
        worst = np.min(np.maximum(worst[:, None], costs[cell]), axis=0)
    limit = float(worst.min())
    if not math.isfinite(limit):
        raise FitError("No table of that kind keeps to what is required near the best one.")
    # Of the paths that keep to it, the one with the least sum of the cells' errors.
    total, came = np.zeros(offsets.size), []
    for cell in range(rule.count - 1):
        sums = total[:, None] + np.where(costs[cell] <= limit, costs[cell], np.inf)
        came.append(np.argmin(sums, axis=0))
        total = np.min(sums, axis=0)
    chosen = [int(np.argmin(total))]
    for back in reversed(came):
        chosen.append(int(back[chosen[-1]]))
    table = candidates[np.arange(rule.count), chosen[::-1]]
    return Entries(table, limit, False)


def _costs(rule: Rule, cells: _Cells, candidates: Integers, demands: Demands) -> Doubles:
    """The largest error of every cell by the candidates of its two entries."""
    count = candidates.shape[1]
    costs = np.zeros((rule.count - 1, count, count))
    origin = np.flatnonzero(cells.order == _origin(rule)) if demands.zero else ()
    following = np.minimum(cells.index + 1, rule.count - 1)
    used = np.minimum(cells.used, rule.count - 2)
    for k in range(count):
        base = candidates[cells.index, k]
        for j in range(count):
            outputs = rule.made(base, candidates[following, j], cells.fraction)
            error = np.maximum(outputs - cells.lo, cells.hi - outputs)
            for place in origin:
                if outputs[place] != rule.output.zero:
                    error[place] = np.inf
            costs[used, k, j] = np.maximum.reduceat(error, cells.starts)
    if demands.direction:
        # Only where inputs are: of two tables one need not go on where the other ends.
        rise = demands.direction * (candidates[1:, None, :] - candidates[:-1, :, None])
        met = np.isin(np.arange(rule.count - 1), used)
        costs[met[:, None, None] & (rise < 0)] = np.inf
    return costs
