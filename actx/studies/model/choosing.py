"""The cheapest formula for each place of a network, such that its outputs stay within bounds.

First each place alone: its candidates from the cheapest on, until one keeps the outputs. Then
together, greedily: from the place whose choice moves the outputs least, each gets the cheapest that
keeps them with all that is chosen before. What is said of a choice was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from actx.calculus.formula import Formula
from actx.core.errors import ActxError
from actx.core.progress import Progress
from actx.language.text import to_text
from actx.language.tree import Node
from actx.studies.model.candidates import Candidate, data_rms
from actx.studies.model.effects import why_not
from actx.studies.model.histogram import Histogram
from actx.studies.model.replacing import in_place, is_open
from actx.studies.model.results import Activation, Bounds, Effect, Trial

Measure = Callable[[Mapping[int, Node]], Effect]
Fit = Callable[[int, Candidate], Formula]

_MOST = 12  # candidates that are measured at a place
_NEARER = 0.99  # of a cheaper one's distance: what is worth being measured where that did not do


@dataclass
class _Pick:
    """A candidate of a place as it stands there, and what it does alone."""

    tree: Node
    alone: Effect


@dataclass
class Choice:
    """What was chosen, by the number of the place; what was tried there, and what came of it."""

    chosen: dict[int, Node] = field(default_factory=dict)
    outputs: Effect | None = None
    trials: dict[int, list[Trial]] = field(default_factory=dict)
    why: dict[int, str] = field(default_factory=dict)
    stopped: bool = False


class Chooser:
    """One search."""

    def __init__(
        self,
        places: Sequence[Activation],
        trees: Sequence[Node],
        candidates: Mapping[int, Sequence[Candidate]],
        seen: Mapping[str, Histogram],
        *,
        fit: Fit,
        measure: Measure,
        bounds: Bounds,
        whole: Effect,
        progress: Progress,
        timed: bool = False,
    ) -> None:
        """trees: what the places compute. candidates: by the places that may be replaced.

        fit: a candidate with values for its parameters. measure: the effect of some replacements.
        whole: the network's outputs against themselves. timed: whether costs are times.
        """
        self.places, self.trees, self.candidates, self.seen = places, trees, candidates, seen
        self.fit, self.measure, self.bounds, self.whole = fit, measure, bounds, whole
        self.progress = progress
        self.cheaper, self.cheapest = ("faster", "fastest") if timed else ("cheaper", "cheapest")
        self.choice = Choice()
        self._left: dict[int, Iterator[_Pick]] = {}

    def run(self) -> Choice:
        """Search; an interrupt ends it with what is chosen so far."""
        try:
            order = self._alone()
            self._together(order)
        except KeyboardInterrupt:
            self.choice.stopped = True
            for i in self.candidates:
                self.choice.why.setdefault(i, "stopped before it was decided")
        return self.choice

    def _tell(self, done: int, what: str) -> None:
        self.progress(done, 2 * len(self.candidates), what)

    def _alone(self) -> dict[int, _Pick]:
        """The cheapest that does at each place alone; first where the outputs move least."""
        found: dict[int, _Pick] = {}
        for done, i in enumerate(self.candidates):
            self._tell(done, f"place {i + 1} alone")
            self._left[i] = self._picks(i)
            pick = next(self._left[i], None)
            if pick is None:
                self.choice.why[i] = self._none_does(i)
            else:
                found[i] = pick
        size = {i: self._moves(pick.alone) for i, pick in found.items()}
        return {i: found[i] for i in sorted(found, key=lambda i: (size[i], i))}

    def _moves(self, effect: Effect) -> tuple[float, float]:
        """How sensitive a place is: what its choice does to the outputs."""
        if self.bounds.labels:
            assert effect.before.right is not None
            assert effect.after.right is not None
            return effect.before.right - effect.after.right, effect.largest
        return effect.rows - effect.kept, effect.largest

    def _together(self, order: Mapping[int, _Pick]) -> None:
        chosen = self.choice.chosen
        for done, (i, first) in enumerate(order.items(), len(self.candidates)):
            self._tell(done, f"place {i + 1} with those before")
            pick: _Pick | None = first
            refused = 0
            while pick is not None:
                effect = self.measure({**chosen, i: pick.tree})
                if why_not(self.bounds, effect, self.whole) is None:
                    chosen[i], self.choice.outputs = pick.tree, effect
                    self.choice.why[i] = self._why(i, pick, refused)
                    break
                refused += 1
                pick = next(self._left[i], None)
            else:
                self.choice.why[i] = "nothing keeps the outputs together with what is chosen before"
        self._tell(2 * len(self.candidates), "done")

    def _picks(self, i: int) -> Iterator[_Pick]:
        """The candidates of a place that keep the outputs where they alone are put in."""
        trials = self.choice.trials.setdefault(i, [])
        nearest = float("inf")  # of those that did not do
        measured = 0
        for candidate in self.candidates[i]:
            if measured >= _MOST and not candidate.asked:
                continue
            trial, tree = self._tried(i, candidate, nearest)
            trials.append(trial)
            if trial.alone is None or tree is None:
                continue
            measured += 1
            if trial.reason is None:
                yield _Pick(tree, trial.alone)
            assert trial.data_rms is not None
            nearest = min(nearest, trial.data_rms)

    def _tried(self, i: int, candidate: Candidate, nearest: float) -> tuple[Trial, Node | None]:
        """One candidate fitted and measured, as far as that is worth it."""
        formula = candidate.formula
        try:
            if is_open(formula):
                self._tell_fit(i, formula)
                formula = self.fit(i, candidate)
            tree = in_place(self.places[i], formula)
            size = data_rms(self.trees[i], tree, self.seen[self.places[i].input])
        except (ActxError, ArithmeticError) as error:
            reason = f"it cannot be fitted: {error}"
            return Trial(formula.name, candidate.cost, reason=reason), None
        text = to_text(tree)
        if size > _NEARER * nearest and not candidate.asked:
            reason = "passed over: hardly nearer than a cheaper one that does not do"
            return Trial(text, candidate.cost, size, reason=reason), None
        try:
            effect = self.measure({i: tree})
        except ActxError as error:
            return Trial(text, candidate.cost, size, reason=str(error)), None
        why = why_not(self.bounds, effect, self.whole)
        return Trial(text, candidate.cost, size, effect, why), tree

    def _tell_fit(self, i: int, formula: Formula) -> None:
        done = sum(1 for trials in self.choice.trials.values() if trials) - 1
        self._tell(max(done, 0), f"fitting {formula.name} to place {i + 1}")

    def _none_does(self, i: int) -> str:
        if not self.candidates[i]:
            return f"nothing {self.cheaper} is known"
        return f"nothing {self.cheaper} that was measured keeps the outputs, even alone"

    def _why(self, i: int, pick: _Pick, refused: int) -> str:
        """In words: what was refused before it."""
        before = self._before(i, pick)
        failed = sum(trial.alone is not None and trial.reason is not None for trial in before)
        left = sum(trial.alone is None for trial in before)
        parts = [
            f"{failed} that alone do not" if failed else "",
            f"{left} passed over" * bool(left),
        ]
        parts.append(f"{refused} that do not with the others" * bool(refused))
        said = " and ".join(filter(None, parts))
        after = f", after {said}" if said else ""
        return f"the {self.cheapest} measured that keeps the outputs{after}"

    def _before(self, i: int, pick: _Pick) -> Sequence[Trial]:
        trials = self.choice.trials[i]
        text = to_text(pick.tree)
        return trials[: next(k for k, trial in enumerate(trials) if trial.formula == text)]
