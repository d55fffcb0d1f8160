"""`actx model`."""

from __future__ import annotations

from typing import Annotated

import typer

import actx
from actx.cli.options import JsonOption, RegistryOption, TableOption, ask, optional


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
      actx model net.onnx --data inputs.npz --json > seen.json
    """
    from actx.present.text import present

    present(ask(actx.model, "looking", network, data=data, registry=registry, table=table), json)
