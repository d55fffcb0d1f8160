"""What it costs to see the inputs of activations: a run that collects them against the plain run.

    PYTHONPATH=tests/oracles python tests/benchmarks/capture.py [RECOGNISER.onnx ...]

Both run the same batches with onnxruntime, in turn. The plain run is one of a session that has the
threads that onnxruntime gives it, one for each core; the other has one process, or one for each
core as the command `actx model` has. The ratios are those of the best rounds, as other programs can
only add to a round, and medians of the rounds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from networks import network, packaged, written

from actx.core.workers import cores
from actx.studies.model.data import inputs_for
from actx.studies.model.files import Network, load
from actx.studies.model.finding.regions import Graph, regions
from actx.studies.model.running import capture, run, session

ROUNDS = 7
LAYERS = 3
EXAMPLES = {16: 2_000_000, 64: 1_000_000, 256: 250_000}  # by the width: a run of half a second


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


def told(name: str, net: Network, data: object) -> None:
    """Print the ratios."""
    ready = session(net.proto, net)
    inputs = inputs_for(data, net.inputs)
    found, _ = regions(Graph(net.proto.graph, {}))
    tensors = sorted({region.source for region in found})
    times: dict[int, list[float]] = {jobs: [] for jobs in (0, *sorted({1, cores()}))}
    for _ in range(ROUNDS):
        for jobs, taken in times.items():
            start = time.perf_counter()
            if jobs:
                capture(net, tensors, inputs, lambda done: None, jobs)
            else:
                for batch in inputs.batches():
                    run(ready, None, batch)
            taken.append(time.perf_counter() - start)
    plain = times.pop(0)
    print(f"{name}: {min(plain):.2f} s")
    for jobs, taken in times.items():
        middle = np.median(np.array(taken) / plain)
        print(f"    {jobs} processes: {min(taken) / min(plain):.2f}, in the middle {middle:.2f}")


def main() -> None:
    """Print the ratios, which are to be 1.5 at most for all cores."""
    chance = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        for width in (16, 64, 256):
            net = multilayer(width, Path(folder))
            data = chance.normal(size=(EXAMPLES[width], width)).astype(np.float32)
            told(f"{LAYERS} layers of width {width}", net, data)
    for path in packaged("magika")[-1:]:
        data = chance.integers(0, 257, size=(400, 2048)).astype(np.int32)
        told("magika's classifier", load(path), data)
    for path in sys.argv[1:]:  # recognisers of text in lines that are so high and so wide
        data = chance.normal(size=(64, 3, 48, 320)).astype(np.float32)
        told(path, load(Path(path)), data)


if __name__ == "__main__":
    main()
