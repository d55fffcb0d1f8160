"""What it costs to see the inputs of activations: a run that collects them against the plain run.

    PYTHONPATH=tests/oracles python tests/benchmarks/capture.py

Both run the same batches with onnxruntime, in turn, in one process; the ratio is that of the best
rounds, as other programs can only add to a round.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
from networks import network, packaged, written

from actx.studies.model.data import inputs_for
from actx.studies.model.files import Network, load
from actx.studies.model.finding.regions import Graph, regions
from actx.studies.model.running import capture, run, session

ROUNDS = 15
LAYERS = 3


def multilayer(width: int, folder: Path) -> Network:
    """A network of some layers, each with SiLU written out."""
    chance = np.random.default_rng(width)
    nodes, constants, at = [], {}, "x"
    for k in range(LAYERS):
        constants[f"w{k}"] = chance.normal(size=(width, width)).astype(np.float32) / width**0.5
        nodes += [
            ("MatMul", [at, f"w{k}"], f"m{k}"), ("Sigmoid", [f"m{k}"], f"s{k}"),
            ("Mul", [f"m{k}", f"s{k}"], "y" if k == LAYERS - 1 else f"h{k}"),
        ]  # fmt: skip
        at = f"h{k}"
    return load(written(network(nodes, constants, shape=("n", width)), folder, f"{width}.onnx"))


def ratio(net: Network, data: object) -> float:
    """Of the best rounds."""
    ready = session(net.proto, net)
    inputs = inputs_for(data, net.inputs)
    found, _ = regions(Graph(net.proto.graph, {}))
    tensors = sorted({region.source for region in found})
    times: dict[str, list[float]] = {"plain": [], "seen": []}
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for batch in inputs.batches():
            run(ready, None, batch)
        middle = time.perf_counter()
        capture(net, tensors, inputs, lambda done: None)
        times["plain"].append(middle - start)
        times["seen"].append(time.perf_counter() - middle)
    return min(times["seen"]) / min(times["plain"])


def main() -> None:
    """Print the ratios, which are to be 1.5 at most."""
    chance = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        for width in (16, 64, 256):
            net = multilayer(width, Path(folder))
            data = chance.normal(size=(60_000_000 // width**2 + 20_000, width)).astype(np.float32)
            print(f"{LAYERS} layers of width {width}: {ratio(net, data):.2f}")
    for path in packaged("magika")[-1:]:
        data = chance.integers(0, 257, size=(400, 2048)).astype(np.int32)
        print(f"magika's classifier: {ratio(load(path), data):.2f}")


if __name__ == "__main__":
    main()
