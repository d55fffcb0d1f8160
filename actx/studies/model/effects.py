"""What replacements do to the outputs of a network, against what it makes itself."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import IO, Any

import numpy as np

from actx.core.errors import ModelError, UsageError
from actx.studies.model.data import Inputs
from actx.studies.model.decoding import Decoding, same
from actx.studies.model.files import Network
from actx.studies.model.results import Bounds, Effect, Outputs, Times
from actx.studies.model.running import run, session

Step = Callable[[], None]  # is called after each batch
_ROUNDS, _SECONDS = (2, 10), 2.0  # of all batches, where time is taken: at least, at most, enough


@dataclass
class _Tally:
    """Numbers that a network gives out, as they pass by."""

    count: int = 0
    least: float = np.inf
    greatest: float = -np.inf
    total: float = 0.0
    right: int = 0

    def add(self, outputs: Sequence[Any], labels: Any) -> None:
        for each in outputs:
            if each.size and each.dtype.kind == "f":
                finite = each[np.isfinite(each)].astype(np.float64)
                if finite.size:
                    self.count += finite.size
                    self.least = min(self.least, float(finite.min()))
                    self.greatest = max(self.greatest, float(finite.max()))
                    self.total += float(finite.sum())
        if labels is not None:
            self.right += int((_answers(outputs, labels) == labels).sum())

    def told(self, labelled: bool) -> Outputs:
        right = self.right if labelled else None
        if not self.count:
            return Outputs(0, np.nan, np.nan, np.nan, right)
        mean = self.total / self.count
        return Outputs(self.count, self.least, self.greatest, mean, right)


def _answers(outputs: Sequence[Any], labels: Any) -> Any:
    """What labels are compared with: an output of integers, or where a row's largest entry is.

    Raises ModelError where there is no such output.
    """
    for each in outputs:
        if each.dtype.kind in "iu" and each.shape == labels.shape:
            return each
        if each.ndim == labels.ndim + 1 and each.shape[:-1] == labels.shape and each.shape[-1] > 1:
            return each.argmax(axis=-1)
    shapes = ", ".join(" × ".join(map(str, each.shape)) for each in outputs)
    raise ModelError(
        "The labels say which entry of a row is the largest, a row an example; no output has such "
        f"rows (of {len(labels)} examples together they are of the shapes {shapes})."
    )


@dataclass
class _Difference:
    """Two networks' outputs, as far as both have come."""

    labelled: bool
    decode: Decoding | None
    examples: int = 0
    kept: int = 0
    rows: int = 0
    largest: float = 0.0
    before: _Tally = field(default_factory=_Tally)
    after: _Tally = field(default_factory=_Tally)

    def add(self, before: Sequence[Any], after: Sequence[Any], labels: Any, examples: int) -> None:
        """Take a batch in. Raises ModelError where outputs have other shapes."""
        self.examples += examples
        self.before.add(before, labels)
        self.after.add(after, labels)
        for a, b in zip(before, after, strict=True):
            if a.shape != b.shape:
                raise ModelError("The replacement changes the shape of an output.")
            if not a.size:
                continue
            whole = a.dtype.kind != "f"
            if self.decode is not None and self.decode.has_texts(a):
                texts = [self.decode.read(each, examples) for each in (a, b)]
                self.kept, self.rows = self.kept + same(*texts), self.rows + examples
            with np.errstate(invalid="ignore"):
                alike = (a == b) | (a != a) & (b != b)  # both undefined
                apart = np.where(alike, 0, np.abs(a.astype(np.float64) - b))
            self.largest = max(self.largest, float(np.nan_to_num(apart, nan=np.inf).max()))
            if self.decode is None and (whole or (a.ndim and a.shape[-1] > 1)):
                kept = alike if whole else a.argmax(axis=-1) == b.argmax(axis=-1)
                self.kept, self.rows = self.kept + int(kept.sum()), self.rows + kept.size

    def told(self) -> Effect:
        return Effect(
            self.examples,
            self.kept,
            self.rows,
            self.largest,
            self.before.told(self.labelled),
            self.after.told(self.labelled),
        )


class Reference:
    """What a network makes of all inputs, kept in a temporary file and so in bounded memory."""

    def __init__(
        self,
        network: Network,
        inputs: Inputs,
        step: Step,
        labels: Any = None,
        decode: Decoding | None = None,
    ) -> None:
        """Run it. labels: an array with one for each row of an output. decode: how outputs are
        read as texts, which are then the rows that are kept or not.

        Raises ModelError, UsageError where there are no texts, MissingPackageError.
        """
        self.network, self.inputs = network, inputs
        self.labels, self.decode = labels, decode
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (gone with this object)
        whole = _Difference(labels is not None, decode)
        ready = session(network.proto, network)
        for start, batch in self._batches():
            outputs = self._numbers(run(ready, None, batch))
            for each in outputs:
                np.save(self._file, each, allow_pickle=False)
            whole.add(outputs, outputs, self._labels(start), self._size(start))
            step()
        self.itself = whole.told()
        if decode is not None and not self.itself.rows:
            raise UsageError(
                "No output of this network is of sequences, with an example, a step and an entry "
                "along its three axes, that texts could be read from.",
                "Leave out {decode}.",
                decode=None,
            )

    def _numbers(self, outputs: Sequence[Any]) -> list[Any]:
        return [each for each in outputs if getattr(each, "dtype", np.dtype(object)).kind in "fiub"]

    def _batches(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for start in range(0, self.inputs.count, self.inputs.batch):
            yield start, self.inputs.part(start)

    def _labels(self, start: int) -> Any:
        return None if self.labels is None else self.labels[start : start + self.inputs.batch]

    def _size(self, start: int) -> int:
        return min(self.inputs.batch, self.inputs.count - start)

    def effect(self, proto: Any, step: Step, bounds: Bounds | None = None) -> Effect:
        """What another network does to the outputs; as soon as it is clear, where it leaves bounds.

        Raises ModelError.
        """
        ready = session(proto, self.network)
        found = _Difference(self.labels is not None, self.decode)
        self._file.seek(0)
        for start, batch in self._batches():
            after = self._numbers(run(ready, None, batch))
            before = [np.load(self._file, allow_pickle=False) for _ in after]
            found.add(before, after, self._labels(start), self._size(start))
            step()
            if bounds is not None and self._leaves(found, bounds):
                break
        return found.told()

    def _leaves(self, found: _Difference, bounds: Bounds) -> bool:
        """Whether the outputs are out of bounds already, whatever the other examples give."""
        return why_not(bounds, found.told(), self.itself) is not None


def why_not(bounds: Bounds, effect: Effect, whole: Effect) -> str | None:
    """How the outputs leave the bounds, None where they do not (in the examples looked at).

    whole: the network's own outputs against themselves, for all examples.
    """
    if bounds.tolerance is not None and effect.largest > bounds.tolerance:
        return f"an output is off by {effect.largest:.3g}"
    if bounds.keep is None:
        return None
    share = Fraction(repr(bounds.keep))
    if bounds.labels:
        right, before, all_ = effect.after.right, effect.before.right, whole.before.right
        assert right is not None
        assert before is not None
        assert all_ is not None
        if right + (all_ - before) < share * all_:
            return f"{right:,} of {before:,} that were right are right"
    elif effect.kept + (whole.rows - effect.rows) < share * whole.rows:
        what = "texts" if bounds.texts else "rows"
        return f"{effect.rows - effect.kept:,} of {effect.rows:,} {what} change"
    return None


def times(network: Network, proto: Any, inputs: Inputs, step: Step) -> Times:
    """What two networks take, run in turn batch by batch; of each batch the least of some runs.

    Raises ModelError.
    """
    sessions = session(network.proto, network), session(proto, network)
    least = np.full((2, -(-inputs.count // inputs.batch)), np.inf)
    for each in sessions:  # once before time is taken
        run(each, None, inputs.part(0))
    begun, rounds = time.perf_counter(), 0
    while rounds < _ROUNDS[0] or (rounds < _ROUNDS[1] and time.perf_counter() < begun + _SECONDS):
        for place, batch in enumerate(inputs.batches()):
            for i, each in enumerate(sessions):
                begin = time.perf_counter()
                run(each, None, batch)
                least[i, place] = min(least[i, place], time.perf_counter() - begin)
            if not rounds:
                step()
        rounds += 1
    return Times(*least.sum(axis=1).tolist())
