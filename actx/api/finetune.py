"""Networks trained through a change of activation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from actx.calculus.formula import Formula
from actx.calculus.reading import Values, numbers, read_formulas
from actx.core.errors import UsageError
from actx.core.progress import Progress
from actx.core.schedule import Schedule
from actx.core.schedule import schedule as named
from actx.present.pictures import check_output
from actx.registry import Registry
from actx.studies.finetune.experiment import run
from actx.studies.finetune.results import Finetuning, Settings


def finetune(
    from_: str | Formula,
    to: str | Formula,
    *,
    dataset: str = "digits",
    epochs: int = 10,
    tune_epochs: int | None = None,
    blend_epochs: int | None = None,
    schedule: str | Schedule = "linear",
    seeds: int = 5,
    hidden: Sequence[int] = (64, 64),
    batch: int = 32,
    rate: float = 1e-3,
    device: str = "auto",
    threads: int = 1,
    accuracy: float = 0.95,
    prune: str | None = None,
    keep: Sequence[float] = (1.0, 0.75, 0.5, 0.25, 0.1),
    prune_epochs: int | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    output: str | Path | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Finetuning:
    """Train networks with one activation and change it for another in several ways.

    dataset: one of `actx.studies.finetune.data.DATASETS`. epochs: with the old activation;
    tune_epochs: after the change, None for as many; blend_epochs: of these, those of the blend,
    None for half.
    hidden: neurons by layer. batch, rate: of Adam. device: "auto", "cpu" or "cuda". accuracy: to be
    reached. prune: "magnitude" or "activity"; keep: the shares of neurons that are kept, and
    prune_epochs: of training after that, None for tune_epochs. checkpoint: a folder that the state
    is kept in after each epoch; resume: go on from it. output: a .png, .svg or .pdf file. The same
    call gives the same numbers on one machine, times apart. Raises UsageError,
    MissingPackageError, TrainingError, PictureError, and otherwise as `formula`.
    """
    if output is not None:
        check_output(output)
    if resume and checkpoint is None:
        raise UsageError("To resume, tell the folder of the checkpoints.")
    after = epochs if tune_epochs is None else tune_epochs
    settings = Settings(
        dataset=dataset,
        epochs=epochs,
        tune_epochs=after,
        blend_epochs=max(1, after // 2) if blend_epochs is None else blend_epochs,
        schedule=named(schedule) if isinstance(schedule, str) else schedule,
        seeds=seeds,
        hidden=tuple(hidden),
        batch=batch,
        rate=rate,
        device=device,
        threads=threads,
        goal=accuracy,
        prune=prune,
        keep=tuple(keep) if prune else (),
        prune_epochs=(after if prune_epochs is None else prune_epochs) if prune else 0,
    )
    ends = read_formulas([from_, to], numbers(set or {}), registry)
    folder = None if checkpoint is None else Path(checkpoint)
    result = run(ends[0], ends[1], settings, folder=folder, resume=resume, progress=progress)
    return result if output is None else replace(result, output=str(result.save(output)))
