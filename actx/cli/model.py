"""`actx model`."""

from __future__ import annotations

from typing import Annotated

import typer

import actx
from actx.cli.options import (
    JsonOption,
    RegistryOption,
    SetOption,
    TableOption,
    ask,
    complete_formula,
    optional,
    output_option,
)


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
        str | None,
        optional(
            "--with",
            "FORMULA",
            "What takes the place of an activation's formula; its scale and shift stay.",
            autocompletion=complete_formula,
        ),
    ] = None,
    at: Annotated[
        list[str] | None,
        optional("--at", "NAME", "Where: a formula, a number of the list, a tensor. Repeatable."),
    ] = None,
    output: Annotated[str | None, output_option("The network with it: an .onnx file.")] = None,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> None:
    """List the activations of a trained network, and what each of them sees.

    An activation is a maximal region of pointwise operations that depends on one tensor and
    constants only, however it is written out. It gets a name of the registry where it is proven to
    be that formula, scaled and shifted or not.

    \b
    Examples:
      actx model net.onnx
      actx model net.onnx --data inputs.npz
      actx model net.onnx --data inputs.npz --with relu --at gelu -o new.onnx
      actx model net.onnx --data inputs.npz --json > seen.json
    """
    from actx.present.text import present

    result = ask(
        actx.model, "looking", network, data=data, replacement=with_, at=at or (), output=output,
        set=set, registry=registry, table=table,
    )  # fmt: skip
    present(result, json)
