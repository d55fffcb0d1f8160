"""`actx finetune`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import typer

import actx
from actx.cli.options import (
    JsonOption,
    RegistryOption,
    SetOption,
    TableOption,
    WidthOption,
    ask,
    checked_width,
    complete_formula,
    optional,
    output_option,
    share,
    whole_number,
)
from actx.cli.usage.help import GIVEN, PRUNED, RUNS, TRAINING
from actx.core.errors import UsageError
from actx.core.schedule import SCHEDULES
from actx.core.schedule import schedule as named
from actx.studies.finetune.checking import (
    DEVICES,
    MOST_EPOCHS,
    MOST_EXAMPLES,
    MOST_NEURONS,
    MOST_SEEDS,
    MOST_THREADS,
)
from actx.studies.finetune.results import DATASETS, PRUNING

T = TypeVar("T")


def _whole(name: str, help: str, **more: Any) -> Any:
    return typer.Option(name, metavar="N", help=help, show_default=False, **more)


def finetune(
    from_: Annotated[
        str | None,
        optional(
            "--from",
            "FORMULA",
            "The activation to begin with: a registry name, an alias, or formula text. Default: "
            "mish, and with --model the one that it has.",
            autocompletion=complete_formula,
        ),
    ] = None,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FORMULA",
            help="The activation to end with.",
            autocompletion=complete_formula,
        ),
    ] = "hard-mish",
    dataset: Annotated[
        str, typer.Option("--dataset", metavar="NAME", help=f"{', '.join(DATASETS)}.")
    ] = "digits",
    model: Annotated[
        str | None,
        optional(
            "--model",
            "NET.onnx",
            "A network that is trained already, to be trained on.",
            rich_help_panel=GIVEN,
        ),
    ] = None,
    data: Annotated[
        str | None,
        optional(
            "--data",
            "INPUTS",
            "Examples for it, as `actx model` takes them.",
            rich_help_panel=GIVEN,
        ),
    ] = None,
    labels: Annotated[
        str | None,
        optional(
            "--labels",
            "FILE",
            "For each example the entry that should be the largest (.npy, .npz, .csv, .txt). "
            "Default: what the network itself says.",
            rich_help_panel=GIVEN,
        ),
    ] = None,
    epochs: Annotated[
        str | None, _whole("--epochs", "Epochs with the old activation. Default: 10.")
    ] = None,
    tune_epochs: Annotated[
        str | None,
        _whole(
            "--tune-epochs", "Epochs after the change. Default: as many.", rich_help_panel=TRAINING
        ),
    ] = None,
    blend_epochs: Annotated[
        str | None,
        _whole(
            "--blend-epochs",
            "Of these, those of the blend. Default: half.",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    schedule: Annotated[
        str,
        typer.Option(
            "--schedule",
            metavar="NAME",
            help=f"How the blend goes on: {', '.join(SCHEDULES)}.",
        ),
    ] = "linear",
    seeds: Annotated[
        str,
        typer.Option("--seeds", metavar="N", help="Times that all is done, each time otherwise."),
    ] = "5",
    hidden: Annotated[
        str,
        typer.Option(
            "--hidden",
            metavar="N,N",
            help="Neurons in each hidden layer.",
            rich_help_panel=TRAINING,
        ),
    ] = "64,64",
    batch: Annotated[
        str,
        typer.Option("--batch", metavar="N", help="Examples in a batch.", rich_help_panel=TRAINING),
    ] = "32",
    rate: Annotated[
        str, typer.Option("--rate", metavar="RATE", help="Adam's rate.", rich_help_panel=TRAINING)
    ] = "0.001",
    accuracy: Annotated[
        str,
        typer.Option(
            "--accuracy",
            metavar="SHARE",
            help="An accuracy to count the epochs to.",
            rich_help_panel=TRAINING,
        ),
    ] = "0.95",
    prune: Annotated[
        str | None,
        optional(
            "--prune",
            "|".join(PRUNING),
            "Take neurons out after the change, by their weights or their mean |activation|.",
        ),
    ] = None,
    keep: Annotated[
        str,
        typer.Option(
            "--keep",
            metavar="SHARE,SHARE",
            help="Shares of the neurons to keep.",
            rich_help_panel=PRUNED,
        ),
    ] = "1,0.75,0.5,0.25,0.1",
    prune_epochs: Annotated[
        str | None,
        _whole(
            "--prune-epochs",
            "Epochs after pruning. Default: as many as after the change.",
            rich_help_panel=PRUNED,
        ),
    ] = None,
    device: Annotated[
        str,
        typer.Option(
            "--device", metavar="|".join(DEVICES), help="What it runs on.", rich_help_panel=RUNS
        ),
    ] = "auto",
    threads: Annotated[
        str,
        typer.Option(
            "--threads", metavar="N", help="Threads, for large layers.", rich_help_panel=RUNS
        ),
    ] = "1",
    checkpoint: Annotated[
        str | None,
        optional(
            "--checkpoint",
            "FOLDER",
            "Keep the state after each epoch in this folder.",
            rich_help_panel=RUNS,
        ),
    ] = None,
    resume: Annotated[
        str | None,
        optional(
            "--resume",
            "FOLDER",
            "Go on from the state kept in this folder; the other options as before.",
            rich_help_panel=RUNS,
        ),
    ] = None,
    output: Annotated[
        list[str] | None,
        output_option(
            "Draw the curves (.png, .svg, .pdf), write the network with the new activation, as it "
            "is in the end (.onnx). Repeatable."
        ),
    ] = None,
    width: WidthOption = None,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> None:
    """Change the activation of trained networks in several ways.

    Networks are trained with FROM; then TO is swapped in at once, swapped in and trained on, or
    blended in while training goes on; others have TO from the start, or keep FROM. With --model
    it is your network that is trained on. Needs PyTorch, and scikit-learn for the data: the extra
    finetune; with --model the extra model as well. The same command gives the same
    numbers on one machine, apart from times.

    \b
    Examples:
      actx finetune --from mish --to hard-mish
      actx finetune --to relu --dataset wine --seeds 10 -o relu.png
      actx finetune --schedule cosine --prune activity --keep 1,0.5,0.2
      actx finetune --model net.onnx --data x.npz --to hard-mish -o new.onnx
      actx finetune --epochs 100 --hidden 512,512 --checkpoint runs/a
      actx finetune --epochs 100 --hidden 512,512 --resume runs/a
    """
    from actx.present.text import present

    if checkpoint is not None and resume is not None:
        raise UsageError("--checkpoint begins and --resume goes on; give one of them.")
    result = ask(
        actx.finetune, "training", "mish" if from_ is None and model is None else from_, to,
        model=model, data=data, labels=labels,
        dataset=dataset,
        epochs=_optional(epochs, "--epochs", 1),
        tune_epochs=_optional(tune_epochs, "--tune-epochs", 1),
        blend_epochs=_optional(blend_epochs, "--blend-epochs", 1),
        schedule=named(schedule),
        seeds=whole_number(seeds, "--seeds", 1, MOST_SEEDS),
        hidden=_list(hidden, lambda n: whole_number(n, "--hidden", 1, MOST_NEURONS)),
        batch=whole_number(batch, "--batch", 1, MOST_EXAMPLES),
        rate=_rate(rate),
        accuracy=share(accuracy, "--accuracy"),
        prune=prune,
        keep=_list(keep, lambda each: share(each, "--keep")),
        prune_epochs=_optional(prune_epochs, "--prune-epochs", 0),
        device=device,
        threads=whole_number(threads, "--threads", 1, MOST_THREADS),
        checkpoint=resume if checkpoint is None else checkpoint,
        resume=resume is not None,
        output=output or (), width=checked_width(width, output),
        set=set, registry=registry, table=table,
    )  # fmt: skip
    present(result, json)


def _optional(text: str | None, option: str, lowest: int) -> int | None:
    return None if text is None else whole_number(text, option, lowest, MOST_EPOCHS)


def _list(text: str, read: Callable[[str], T]) -> list[T]:
    return [read(part.strip()) for part in text.split(",")]


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise UsageError(f"--rate is a number above 0, as in --rate 0.001; it cannot be {text!r}.")
    return value
