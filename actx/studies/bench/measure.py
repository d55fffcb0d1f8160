"""`actx bench`: formulas in one backend, timed beside relu on this machine."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from actx.analysis.explore import function_of
from actx.analysis.results import MaxError
from actx.calculus.formula import Formula, read_formula
from actx.core.domain import WHOLE_LINE
from actx.core.errors import AnalysisError, BenchError, UsageError
from actx.core.progress import Progress
from actx.studies.bench.backends import Kernel, Settings, backend_module, check
from actx.studies.bench.results import BASELINE, Bench, BenchRow, Timing
from actx.studies.bench.rounds import timings


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
    backend: str,
    settings: Settings,
    rounds: int,
    progress: Progress | None = None,
) -> Bench:
    """The cost of formulas, by rising time of the forward pass; relu is always among them.

    Raises UsageError for what a backend cannot do, MissingPackageError without its package, and
    BenchError where it cannot start or run.
    """
    module = backend_module(backend)
    check(backend, module, settings)
    if rounds < 1:
        raise UsageError("The number of rounds is whole and above 0.")
    chosen = _with_baseline(formulas)
    steps = len(chosen) + rounds

    def told(done: int, what: str) -> None:
        if progress is not None:
            progress(done, steps, what)

    with _room(), module.start(settings) as running:
        kernels: list[Kernel] = []
        for done, formula in enumerate(chosen):
            told(done, f"preparing {formula.name}")
            kernels.append(running.kernel(formula))
        calls = [k.forward for k in kernels] + [k.both for k in kernels]
        count, base = len(chosen), _place(chosen)
        found = timings(
            running,
            calls,
            [base] * count + [count + base] * count,
            running.size,
            rounds,
            lambda each: told(count + each, f"round {each + 1} of {rounds}"),
        )
        size, device, versions = running.size, running.device, dict(running.versions)
    rows, notes = _rows(chosen, kernels, found, target)
    return Bench(
        target=target.name,
        target_formula=target.text,
        backend=backend,
        dtype=settings.dtype,
        size=size,
        threads=settings.threads,
        rounds=rounds,
        device=device,
        processor=processor(),
        versions={"python": platform.python_version(), **versions},
        baseline=BASELINE,
        rows=tuple(sorted(rows, key=lambda row: row.forward.relative.median)),
        notes=tuple(notes),
    )


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


def _rows(
    chosen: Sequence[Formula], kernels: Sequence[Kernel], found: Sequence[Timing], target: Formula
) -> tuple[list[BenchRow], list[str]]:
    rows, notes = [], []
    for i, (formula, kernel) in enumerate(zip(chosen, kernels, strict=True)):
        error: MaxError | None = None
        try:
            error = _max_error(formula, target)
        except AnalysisError as reason:
            notes.append(f"The error of {formula.name} cannot be told: {reason.message}")
        both = found[len(chosen) + i]
        text = formula.text
        rows.append(BenchRow(formula.name, text, kernel.code, found[i], both, kernel.saved, error))
    return rows, notes


def _max_error(formula: Formula, target: Formula) -> MaxError:
    """sup|formula - target| on the whole line, computed."""
    from actx.analysis.errors.computed import errors

    f, g = (function_of(each.bound, WHOLE_LINE) for each in (formula, target))
    return errors(f - g).max_error
