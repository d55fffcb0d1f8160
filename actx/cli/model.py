"""`actx model`."""

from __future__ import annotations

from typing import Annotated

import typer

import actx
from actx.cli.options import (
    JobsOption,
    JsonOption,
    RegistryOption,
    SetOption,
    TableOption,
    WidthOption,
    ask,
    checked_width,
    complete_formula,
    families_option,
    optional,
    output_option,
    positive,
    share,
)
from actx.cli.usage.help import SEARCHED
from actx.core.errors import ExitStatus, UsageError


def model(
    network: Annotated[str, typer.Argument(metavar="NET.onnx", help="A network in an ONNX file.")],
    data: Annotated[
        str | None,
        optional(
            "--data",
            "INPUTS",
            "What to run it on, examples along the first axis: an .npz file with an array for each "
            "input by its name, an .npy file, or a folder of .npy files with such names.",
        ),
    ] = None,
    with_: Annotated[
        list[str] | None,
        optional(
            "--with",
            "FORMULA",
            "What takes the place of an activation's formula; its scale and shift stay. Several, "
            "or `search` for the registry and the families of `actx search`: the cheapest for each "
            "place that keeps the outputs. Repeatable.",
            autocompletion=complete_formula,
        ),
    ] = None,
    to: Annotated[
        str | None,
        optional(
            "--to",
            "int8-table",
            "In place of a formula: the best table of 256 integers for what each place sees.",
        ),
    ] = None,
    at: Annotated[
        list[str] | None,
        optional("--at", "NAME", "Where: a formula, a number of the list, a tensor. Repeatable."),
    ] = None,
    norm: Annotated[
        str,
        typer.Option(
            "--norm",
            metavar="data|max",
            help="How parameters without a value are fitted to what a place sees: in the root mean "
            "square over its inputs, or in the largest error over their range.",
        ),
    ] = "data",
    keep: Annotated[
        str | None,
        optional(
            "--keep",
            "SHARE",
            "Of a search: the share of rows of the outputs whose largest entry must stay where it "
            "was; with --labels, of those that were right, how many must be. Default: 0.999.",
            rich_help_panel=SEARCHED,
        ),
    ] = None,
    tolerance: Annotated[
        str | None,
        optional(
            "--tolerance",
            "T",
            "Of a search: how far any number of the outputs may move.",
            rich_help_panel=SEARCHED,
        ),
    ] = None,
    labels: Annotated[
        str | None,
        optional(
            "--labels",
            "FILE",
            "Of a search: for each example the place that the largest entry should have (.npy, "
            ".npz, .csv, .txt).",
            rich_help_panel=SEARCHED,
        ),
    ] = None,
    decode: Annotated[
        str | None,
        optional(
            "--decode",
            "ctc[:BLANK]",
            "Outputs of sequences are read as texts, which are kept or not: of each step the "
            "largest entry, those in a row alike once, without the blank (entry 0, if not BLANK).",
            rich_help_panel=SEARCHED,
        ),
    ] = None,
    cost: Annotated[
        str,
        typer.Option(
            "--cost",
            metavar="operations|time",
            help="Of a search: what is to be small, counted operations, or the time of a place in "
            "onnxruntime here.",
            rich_help_panel=SEARCHED,
        ),
    ] = "operations",
    families: Annotated[list[str] | None, families_option(SEARCHED)] = None,
    resume: Annotated[
        str | None,
        optional(
            "--resume",
            "FILE",
            "Keep what is measured in a file, and go on from there.",
            rich_help_panel=SEARCHED,
        ),
    ] = None,
    output: Annotated[
        list[str] | None,
        output_option(
            "The new network (.onnx), a picture of what the activations see (.png, .svg, .pdf), a "
            "page with all of it (.html). Repeatable."
        ),
    ] = None,
    width: WidthOption = None,
    jobs: JobsOption = None,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> int:
    """List the activations of a trained network, and what they see.

    An activation is a maximal region of pointwise operations that depends on one tensor and
    constants only, however it is written out. It gets a name of the registry where it is proven to
    be that formula, scaled and shifted or not. Ctrl-C ends a search with what is measured so far.

    \b
    Examples:
      actx model net.onnx
      actx model net.onnx --data inputs.npz
      actx model net.onnx --data inputs.npz --with relu --at gelu -o new.onnx
      actx model net.onnx --data inputs.npz --with search --keep 0.999 -o new.onnx -o report.html
      actx model net.onnx --data inputs.npz --json > seen.json
    """
    from actx.present.text import present

    if jobs is not None and data is None:
        raise UsageError("--jobs is of the run over inputs that --data gives.")
    result = ask(
        actx.model, "looking", network, data=data, replacement=with_ or None,
        to=to, at=at or (), norm=norm,
        keep=None if keep is None else share(keep, "--keep"),
        tolerance=None if tolerance is None else positive(tolerance, "--tolerance"),
        labels=labels, decode=decode, cost=cost, families=families or (), resume=resume,
        output=output or (), width=checked_width(width, output),
        set=set, registry=registry, table=table, jobs=jobs,
    )  # fmt: skip
    present(result, json)
    return ExitStatus.INTERRUPTED if result.stopped else ExitStatus.DONE
