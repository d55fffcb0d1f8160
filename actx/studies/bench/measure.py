"""`actx bench`: formulas in some backends, timed beside relu on this machine."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from actx.analysis.explore import function_of
from actx.analysis.results import MaxError
from actx.calculus.formula import Formula, read_formula
from actx.core.domain import WHOLE_LINE
from actx.core.errors import AnalysisError, BenchError, UsageError
from actx.core.progress import Progress
from actx.studies.bench.backends import (
    Backend,
    Kernel,
    Settings,
    backend_module,
    check,
    check_torch,
)
from actx.studies.bench.results import BASELINE, Bench, BenchRow
from actx.studies.bench.rounds import spread, timings


def processor() -> str:
    """The processor's name, as the system tells it."""
    if sys.platform == "linux":
        with suppress(OSError):
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
                key, _, value = line.partition(":")
                if key.strip() in ("model name", "Model", "cpu"):
                    return " ".join(value.split())
    if sys.platform == "darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        with suppress(OSError, subprocess.CalledProcessError):
            found = subprocess.run(asked, capture_output=True, text=True, check=True)
            return found.stdout.strip()
    return platform.processor() or platform.machine() or "unknown processor"


def bench(
    formulas: Sequence[Formula],
    target: Formula,
    backends: Sequence[str],
    settings: Settings,
    rounds: int,
    progress: Progress | None = None,
) -> Bench:
    """The cost of formulas in each backend, by rising time of the forward pass.

    relu is always among them. Raises UsageError for what a backend cannot do, MissingPackageError
    without its package, and BenchError where it cannot start or run.
    """
    names = list(dict.fromkeys(backends))
    modules = [backend_module(name) for name in names]
    check_torch(names, settings)
    for name, module in zip(names, modules, strict=True):
        check(name, module, settings)
    if rounds < 1:
        raise UsageError("The number of rounds is whole and above 0.")
    chosen = _with_baseline(formulas)
    steps = len(names) * len(chosen) + rounds

    def told(done: int, what: str) -> None:
        if progress is not None:
            progress(done, steps, what)

    with _room(), ExitStack() as stack:
        running: list[Backend] = []
        for module in modules:  # of one size, which is what is usual where the first one runs
            running.append(stack.enter_context(module.start(settings)))
            settings = replace(settings, size=running[0].size)
        course = _Course(names, running, chosen)
        course.prepare(told)
        course.run(
            rounds, lambda each: told(steps - rounds + each, f"round {each + 1} of {rounds}")
        )
        size, device = running[0].size, running[0].device
        versions = {name: text for each in running for name, text in each.versions.items()}
    rows, notes = _rows(course, target)
    return Bench(
        target=target.name,
        target_formula=target.text,
        backend=", ".join(names),
        dtype=settings.dtype,
        size=size,
        threads=settings.threads,
        rounds=rounds,
        device=device,
        processor=processor(),
        versions={"python": platform.python_version(), **versions},
        baseline=BASELINE,
        copy=course.copy.time,
        moved=2 * (2 if "16" in settings.dtype else np.dtype(settings.dtype).itemsize),
        rows=tuple(sorted(rows, key=lambda row: row.forward.relative.median)),
        notes=(*course.left_out, *notes),
    )


class _Course:
    """All kernels of all backends, made ready and timed in turn.

    entries: of a backend's name, a formula and its kernel. left_out: what a backend has not got, in
    words. forward, both: timings, of each kernel; copy: of copying an array.
    """

    def __init__(
        self, names: Sequence[str], running: Sequence[Backend], chosen: Sequence[Formula]
    ) -> None:
        self.names, self.running, self.chosen = names, running, chosen
        self.entries: list[tuple[str, Formula, Kernel]] = []
        self.left_out: list[str] = []
        self._owner: dict[int, Backend] = {}

    def prepare(self, told: Callable[[int, str], None]) -> None:
        """Make the kernels. Raises BenchError, of several backends where all lack a formula."""
        done = 0
        for name, backend in zip(self.names, self.running, strict=True):
            for formula in self.chosen:
                told(done, f"preparing {formula.name}")
                done += 1
                try:
                    kernel = backend.kernel(formula)
                except BenchError as reason:
                    if len(self.names) == 1 or name == self.names[0]:
                        raise
                    self.left_out.append(f"{formula.name} is not timed in {name}: {reason.message}")
                    continue
                self.entries.append((name, formula, kernel))
                self._owner |= {id(call): backend for call in (kernel.forward, kernel.both)}

    def seconds(self, call: Callable[[], object], calls: int) -> float:
        """How long calls take, by the clock of their backend."""
        return self._owner.get(id(call), self.running[0]).seconds(call, calls)

    def run(self, rounds: int, tick: Callable[[int], None]) -> None:
        """Time them."""
        kernels = [kernel for _, _, kernel in self.entries]
        forward = [kernel.forward for kernel in kernels]
        backward = {i: kernel.both for i, kernel in enumerate(kernels) if kernel.both is not None}
        base = _place(self.chosen)
        own = list(backward).index(base) if base in backward else 0
        bases = [base] * len(forward) + [len(forward) + own] * len(backward)
        calls = [*forward, *backward.values(), self.running[0].copy]
        *found, self.copy = timings(
            self, calls, [*bases, len(calls) - 1], self.running[0].size, rounds, tick
        )
        self.forward = found[: len(forward)]
        self.both = dict(zip(backward, found[len(forward) :], strict=True))


@contextmanager
def _room() -> Iterator[None]:
    """Tells that memory is short in words."""
    try:
        yield
    except MemoryError:
        raise BenchError(
            "There is not enough memory for so many numbers.",
            "Choose a smaller {size}.",
            size=None,
        ) from None


def _baseline() -> Formula:
    from actx.registry import load_registry

    return read_formula(BASELINE, load_registry(user=False))


def _with_baseline(formulas: Sequence[Formula]) -> list[Formula]:
    """The formulas, each once, and relu where it is not among them."""
    chosen = {(formula.name, formula.bound): formula for formula in formulas}
    relu = _baseline()
    if all(tree is not relu.bound for _, tree in chosen):
        chosen[relu.name, relu.bound] = relu
    return list(chosen.values())


def _place(chosen: Sequence[Formula]) -> int:
    relu = _baseline().bound
    return next(i for i, formula in enumerate(chosen) if formula.bound is relu)


def _rows(course: _Course, target: Formula) -> tuple[list[BenchRow], list[str]]:
    rows: list[BenchRow] = []
    notes: dict[str, None] = {}
    copies = np.array(course.copy.samples)
    for i, (backend, formula, kernel) in enumerate(course.entries):
        error: MaxError | None = None
        try:
            error = _max_error(formula, target)
        except AnalysisError as reason:
            notes[f"The error of {formula.name} cannot be told: {reason.message}"] = None
        forward = course.forward[i]
        limit = spread(np.array(forward.samples) / copies)
        both, saved = course.both.get(i), kernel.saved
        rows.append(
            BenchRow(
                formula.name, formula.text, backend, kernel.code, forward, both, saved, limit, error
            )
        )
    return rows, list(notes)


def _max_error(formula: Formula, target: Formula) -> MaxError:
    """sup|formula - target| on the whole line, computed."""
    from actx.analysis.errors.computed import errors

    f, g = (function_of(each.bound, WHOLE_LINE) for each in (formula, target))
    return errors(f - g).max_error
