"""Formulas put into the places of a network: one that is given, or the cheapest that does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from actx.calculus.cost import cost
from actx.calculus.formula import Formula
from actx.core.errors import ActxError, UsageError
from actx.core.norms import Norm
from actx.core.progress import Progress
from actx.language.text import to_text
from actx.language.tree import Node
from actx.studies.model.candidates import (
    Candidate,
    data_rms,
    fitted,
    of_families,
    of_formulas,
)
from actx.studies.model.choosing import Choice, Chooser, Fit
from actx.studies.model.data import Inputs
from actx.studies.model.effects import Reference, times
from actx.studies.model.histogram import Histogram
from actx.studies.model.keeping import Kept, header_of, key
from actx.studies.model.labels import labels_of
from actx.studies.model.replacing import around, error, is_open
from actx.studies.model.results import Activation, Bounds, Effect
from actx.studies.model.subject import Change, Subject
from actx.studies.model.tables import Looked, looked
from actx.studies.model.timing import FASTER, Timer


@dataclass(frozen=True)
class Tried:
    """What came of it. proto: the network with it, None where nothing was replaced."""

    places: tuple[Activation, ...]
    outputs: Effect | None
    proto: Any
    stopped: bool = False


Seen = Mapping[str, Histogram]


def put_in(
    subject: Subject,
    change: Change,
    at: Sequence[int],
    inputs: Inputs | None,
    seen: Seen,
    progress: Progress,
) -> Tried:
    """One formula put into some places; with data, what that does to the outputs.

    Raises ModelError, FitError, AnalysisError.
    """
    others = _given(subject, change, at, seen, progress)
    proto = subject.with_others(others)
    places = _told(subject, others, seen)
    if inputs is None:
        return Tried(tuple(places), None, proto)
    tell = _Steps(progress, inputs, 2 + len(others) + (len(others) > 1), "comparing outputs")
    together = None
    try:
        reference = Reference(subject.network, inputs, tell, decode=change.decode)
        for i, tree in others.items():
            alone = reference.effect(subject.with_others({i: tree}), tell)
            places[i] = replace(places[i], alone=alone)
        together = alone if len(others) == 1 else reference.effect(proto, tell)
        together = replace(together, time=times(subject.network, proto, inputs, tell))
    except KeyboardInterrupt:
        return Tried(tuple(places), together, None, stopped=True)
    return Tried(tuple(places), together, proto)


def _given(
    subject: Subject, change: Change, at: Sequence[int], seen: Seen, progress: Progress
) -> Mapping[int, Node | Looked]:
    """What is put where: a formula, fitted where it is open, or tables."""
    found: dict[int, Node | Looked] = {}
    fit = _fit(subject, seen, change.norm)
    for done, i in enumerate(at):
        if change.tables:
            progress(done, len(at), "making tables")
            kind = subject.kinds.get(subject.regions[i].source, 1)
            found[i] = looked(subject.places[i], subject.regions[i].tree, kind)
            continue
        (formula,) = change.formulas
        if is_open(formula):
            progress(done, len(at), "fitting")
            formula = fit(i, Candidate(formula, 0.0))
        found |= subject.others({i: formula})
    return found


def _fit(subject: Subject, seen: Seen, norm: Norm) -> Fit:
    """What gives candidates values for their parameters."""

    def fit(i: int, candidate: Candidate) -> Formula:
        place = subject.places[i]
        return fitted(place, candidate, seen[place.input], norm, subject.registry)

    return fit


class _Steps:
    """Counts batches, of so many runs over all examples."""

    def __init__(self, progress: Progress, inputs: Inputs, runs: int, what: str) -> None:
        self.progress, self.batch, self.what = progress, inputs.batch, what
        self.done, self.total = 0, inputs.count * runs

    def __call__(self) -> None:
        self.done += self.batch
        self.progress(min(self.done, self.total), self.total, self.what)


def _told(subject: Subject, others: Mapping[int, Node | Looked], seen: Seen) -> list[Activation]:
    """The places with their replacements, and the errors of these over what is seen."""
    places = list(subject.places)
    for i, tree in others.items():
        place, original = places[i], subject.regions[i].tree
        inputs = place.inputs
        apart = rms = None
        if inputs is not None:
            if not isinstance(tree, Looked):
                apart = error(original, tree, inputs.min, inputs.max, subject.registry)
            rms = data_rms(original, tree, seen[place.input])
        places[i] = replace(
            place,
            replacement=tree.text if isinstance(tree, Looked) else to_text(tree),
            error=apart,
            data_rms=rms,
            cost=cost(original),
            new_cost=None if isinstance(tree, Looked) else cost(tree),
        )
    return places


# --- the cheapest ---


def searched(
    subject: Subject,
    change: Change,
    bounds: Bounds,
    at: Sequence[int],
    inputs: Inputs,
    seen: Seen,
    progress: Progress,
) -> Tried:
    """The cheapest formula for each place such that the outputs stay within bounds.

    Raises ModelError, UsageError, DataError.
    """
    labels = None if change.labels is None else labels_of(change.labels, inputs.count)
    kept = None
    if change.resume is not None:
        kept = Kept(change.resume, header_of(subject.network, inputs, change, labels))
    steps = _Steps(progress, inputs, 1, "running")
    reference = Reference(subject.network, inputs, steps, labels, change.decode)
    if bounds.keep is not None and not bounds.labels and not reference.itself.rows:
        raise UsageError(
            "No output of this network has rows of several numbers, of which the largest could "
            "stay where it is.",
            "Say with {tolerance} how far outputs may move.",
            tolerance=None,
        )
    inside = {i: outer for i in at if (outer := around(i, subject.regions)) is not None}
    candidates = {i: _candidates(subject, i, change, seen) for i in at if i not in inside}
    timer = None
    if change.timed:
        timer = Timer(subject, inputs, {} if kept is None else dict(kept.times))
        candidates = _timed(subject, candidates, timer, kept, progress)
    memory = _Memory(subject, reference, bounds, _fit(subject, seen, change.norm), kept)
    choice = Chooser(
        subject.places,
        [region.tree for region in subject.regions],
        candidates,
        seen,
        fit=memory.fit,
        measure=memory.measure,
        bounds=bounds,
        whole=reference.itself,
        progress=progress,
        timed=change.timed,
    ).run()
    for i, outer in inside.items():
        choice.why[i] = f"it is a part of the activation {outer + 1} as well"
    return _chosen(subject, choice, memory, inputs, seen, timer, progress)


def _candidates(subject: Subject, i: int, change: Change, seen: Seen) -> list[Candidate]:
    place, tree = subject.places[i], subject.regions[i].tree
    if place.inputs is None:
        return []
    found = of_formulas(place, tree, change.formulas)
    if change.families:
        found += of_families(place, tree, seen[place.input], change.families, subject.registry)
    return sorted(found, key=lambda each: each.cost)


def _timed(
    subject: Subject,
    candidates: Mapping[int, Sequence[Candidate]],
    timer: Timer,
    kept: Kept | None,
    progress: Progress,
) -> dict[int, list[Candidate]]:
    """The candidates that are faster than what is there, or were asked for, by their time."""
    found: dict[int, list[Candidate]] = {}
    for done, (i, each) in enumerate(candidates.items()):
        progress(done, len(candidates), f"timing place {i + 1}")
        most = FASTER * timer.of(i) if each else 0.0
        timed = [_at_a_time(subject, i, candidate, timer) for candidate in each]
        if kept is not None:
            kept.add_times(timer.known)
        found[i] = sorted((c for c in timed if c.cost < most), key=lambda c: c.cost)
    return found


def _at_a_time(subject: Subject, i: int, candidate: Candidate, timer: Timer) -> Candidate:
    """With its time as its cost, which the values of parameters do not matter for."""
    formula = candidate.formula
    open_ = [name for name in formula.parameters if name not in formula.defaults]
    formula = formula.set({name: 0.713 + 0.137 * k for k, name in enumerate(open_)})
    try:
        return replace(candidate, cost=timer.of(i, subject.others({i: formula})[i]))
    except (ActxError, ArithmeticError):
        return replace(candidate, cost=math.inf)


class _Memory:
    """Effects and fits, each made once; a file keeps them."""

    def __init__(
        self, subject: Subject, reference: Reference, bounds: Bounds, fit: Fit, kept: Kept | None
    ) -> None:
        self.subject, self.reference, self.bounds = subject, reference, bounds
        self._fit, self.kept = fit, kept
        self.effects = {} if kept is None else kept.effects
        self.fits = {} if kept is None else kept.fits

    def measure(self, others: Mapping[int, Node]) -> Effect:
        name = key(others)
        if name not in self.effects:
            proto = self.subject.with_others(others)
            found = self.reference.effect(proto, lambda: None, self.bounds)
            self.effects[name] = found
            if self.kept is not None:
                self.kept.add_effect(name, found)
        return self.effects[name]

    def fit(self, i: int, candidate: Candidate) -> Formula:
        name = f"{i + 1}: {to_text(candidate.formula.tree)}"
        if name not in self.fits:
            found = self._fit(i, candidate)
            self.fits[name] = {n: found.defaults[n] for n in found.parameters}
            if self.kept is not None:
                self.kept.add_fit(name, self.fits[name])
        return candidate.formula.set(self.fits[name])


def _chosen(
    subject: Subject,
    choice: Choice,
    memory: _Memory,
    inputs: Inputs,
    seen: Seen,
    timer: Timer | None,
    progress: Progress,
) -> Tried:
    """The places with what was chosen and what was tried."""
    places = _told(subject, choice.chosen, seen)
    for i, why in choice.why.items():
        alone = memory.effects.get(key({i: choice.chosen[i]})) if i in choice.chosen else None
        trials = tuple(choice.trials.get(i, ()))
        places[i] = replace(places[i], alone=alone, trials=trials, why=why)
        if timer is None:
            places[i] = replace(places[i], cost=cost(subject.regions[i].tree))
        elif i not in choice.trials:
            places[i] = replace(places[i], cost=None, new_cost=None)
        else:
            new = timer.of(i, choice.chosen[i]) if i in choice.chosen else None
            places[i] = replace(places[i], cost=timer.of(i), new_cost=new)
    if not choice.chosen:
        return Tried(tuple(places), None, None, choice.stopped)
    assert choice.outputs is not None
    if choice.stopped:
        return Tried(tuple(places), choice.outputs, None, stopped=True)
    proto = subject.with_others(choice.chosen)
    steps = _Steps(progress, inputs, 1, "taking the time")
    try:
        taken = times(subject.network, proto, inputs, steps)
    except KeyboardInterrupt:
        return Tried(tuple(places), choice.outputs, None, stopped=True)
    return Tried(tuple(places), replace(choice.outputs, time=taken), proto)
