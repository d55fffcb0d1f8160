"""Networks trained through a change of activation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actx.calculus.formula import Formula
from actx.calculus.reading import Values, numbers, read_formulas
from actx.core.errors import UsageError
from actx.core.files import check_place
from actx.core.progress import Progress
from actx.core.schedule import Schedule
from actx.core.schedule import schedule as named
from actx.present.pictures import check_output
from actx.present.pictures.sheet import sheet_of
from actx.registry import Registry, load_registry
from actx.studies.finetune.experiment import Asked, run
from actx.studies.finetune.results import Finetuning, Settings

if TYPE_CHECKING:
    from torch import nn

_EPOCHS = 10  # where it is not said how many


def finetune(
    from_: str | Formula | None,
    to: str | Formula,
    *,
    model: str | Path | nn.Module | None = None,
    data: Any = None,
    labels: Any = None,
    dataset: str = "digits",
    epochs: int | None = None,
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
    output: str | Path | Sequence[str | Path] = (),
    width: str | float | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Finetuning:
    """Train networks with one activation and change it for another in several ways.

    model: a network that is trained already, an ONNX file or a module of PyTorch's, to be trained
    on with data, both as `actx.model` takes them, and labels, for each example the entry that
    should be the largest in the first output of rows; None for what the network itself says. Its
    weights of float32 and float64 are trained, batch normalization stays as in evaluation, and
    from_ is None or the formula that is changed. There is no dataset, hidden, epochs or prune then;
    a part of the data, drawn by the seed, is held back.

    dataset: one of `actx.studies.finetune.data.DATASETS`. epochs: with the old activation, None for
    10; tune_epochs: after the change, None for as many; blend_epochs: of these, those of the blend,
    None for half. hidden: neurons by layer. batch, rate: of Adam. device: "auto", "cpu" or "cuda".
    accuracy: to be reached. prune: "magnitude" or "activity"; keep: the shares of neurons that are
    kept, and prune_epochs: of training after that, None for tune_epochs. checkpoint: a folder that
    the state is kept in after each epoch; resume: go on from it. output: files, .png, .svg or .pdf
    for a picture, width: of it, for print, as of `plot`; .onnx for the network with the new
    activation, trained on, of the first seed: swapped or blended, whichever is more accurate over
    the seeds. The same call gives the same numbers on one machine, times apart. Raises UsageError,
    MissingPackageError, TrainingError, PictureError, with model as `actx.model`, and otherwise as
    `formula`.
    """
    written, pictures = _files(output)
    if width is not None:
        sheet_of(width)
    asked = _asked(
        model, data, labels, registry,
        given={"dataset": dataset != "digits", "hidden": tuple(hidden) != (64, 64),
               "epochs": epochs is not None, "prune": prune is not None},
    )  # fmt: skip
    if model is not None:
        dataset, hidden, first = "", (), 0
    else:
        first = _EPOCHS if epochs is None else epochs
    if resume and checkpoint is None:
        raise UsageError("To resume, tell the folder of the checkpoints.")
    after = (first or _EPOCHS) if tune_epochs is None else tune_epochs
    settings = Settings(
        dataset=dataset,
        epochs=first,
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
    if from_ is None and model is None:
        raise UsageError(
            "Networks that are made begin with an activation.", "Give {from_}.", from_=None
        )
    ends = [each for each in (from_, to) if each is not None]
    *begins, end = read_formulas(ends, numbers(set or {}), registry)
    result = run(
        begins[0] if begins else None, end, settings,
        asked=asked,
        written=written,
        folder=None if checkpoint is None else Path(checkpoint),
        resume=resume,
        progress=progress,
    )  # fmt: skip
    for picture in pictures:
        result = replace(result, output=str(result.save(picture, width)))
    return result


def _files(output: str | Path | Sequence[str | Path]) -> tuple[Path | None, list[Path]]:
    """The file of a network, and those of pictures; each can be written."""
    paths = [Path(each) for each in ([output] if isinstance(output, str | Path) else output)]
    networks = [path for path in paths if path.suffix.lower() == ".onnx"]
    if len(networks) > 1:
        raise UsageError("There is one new network, which goes into one .onnx file.")
    pictures = [path for path in paths if path not in networks]
    for path in pictures:
        check_output(path)
    for path in networks:
        check_place(path, "network", UsageError)
    return networks[0] if networks else None, pictures


def _asked(
    model: Any,
    data: Any,
    labels: Any,
    registry: Registry | None,
    given: Mapping[str, bool],
) -> Asked | None:
    """The network that is trained on. given: what is for others only. Raises UsageError."""
    if model is not None:
        if data is None:
            raise UsageError("A network is trained on with examples.", "Give {data}.", data=None)
        for name, there in given.items():
            if there:
                raise UsageError(
                    "A network that is given has layers and data of its own, and is trained.",
                    f"Leave out {{{name}}}; {{tune_epochs}} says how long it is trained on.",
                    **{name: None, "tune_epochs": None},
                )
        return Asked(model, data, labels, registry or load_registry())
    for name, value in {"data": data, "labels": labels}.items():
        if value is not None:
            raise UsageError(
                "Networks that are made here have data of their own.",
                f"Give {{{name}}} with {{model}}.",
                **{name: None, "model": None},
            )
    return None
