"""`actx finetune`: against plain torch code, killed and resumed, and what it says of it."""

from __future__ import annotations

import json
import math
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import actx
from actx.core.errors import TrainingError, UsageError, install_hint
from actx.core.schedule import schedule
from actx.present.json import document
from actx.present.sheets.tables import sheet
from actx.present.terminal import console, write_tables
from actx.studies.finetune.results import (  # fmt: skip
    BEFORE,
    BLEND,
    KEEP,
    SCRATCH,
    SWAP,
    TRAIN_ON,
    Difference,
    Finetuning,
    GivenNetwork,
    Pruned,
    Run,
    Settings,
    Way,
    spread,
)

WHY = "needs PyTorch and scikit-learn"
TIMES = re.compile(r"seconds.*")
SMALL = {"dataset": "iris", "epochs": 3, "tune_epochs": 2, "seeds": 1, "hidden": (8,)}


@pytest.fixture
def torch() -> Any:
    """torch, for tests that train."""
    pytest.importorskip("sklearn", reason=WHY)
    return pytest.importorskip("torch", reason=WHY)


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if not TIMES.match(name)}
        return {name: _without_times(item) for name, item in kept.items() if name != "output"}
    return [_without_times(item) for item in value] if isinstance(value, list) else value


def _numbers(result: Finetuning) -> Any:
    return _without_times(json.loads(document(result)))


# Training


def test_the_training_is_that_of_plain_torch(torch: Any) -> None:
    """The same network, written out with torch's own activation and a loop of its own."""
    result = actx.finetune("relu", "hard-mish", **SMALL)
    run = result.way(BEFORE).runs[0]
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    x, y = datasets.load_iris(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        x, y, test_size=0.25, random_state=0, stratify=y
    )
    scale = train_x.std(axis=0)
    train_x, test_x = ((each - train_x.mean(axis=0)) / scale for each in (train_x, test_x))
    inputs = torch.tensor(train_x, dtype=torch.float32)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for epoch in range(3):
        order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(epoch))
        total = 0.0
        for start in range(0, len(order), 32):
            batch = order[start : start + 32]
            loss = torch.nn.functional.cross_entropy(
                model(inputs[batch]), torch.tensor(train_y)[batch]
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(order))
    assert run.losses == pytest.approx(losses, rel=1e-5)
    found = model(torch.tensor(test_x, dtype=torch.float32)).argmax(dim=1).numpy()
    assert run.accuracy == pytest.approx(float(np.mean(found == test_y)))


def test_what_comes_out_fits_together(torch: Any) -> None:
    result = actx.finetune("relu", "hard-mish", accuracy=0.3, **SMALL | {"seeds": 2})
    ways = {way.name: way for way in result.ways}
    assert {name: (way.begins, way.epochs) for name, way in ways.items()} == {
        BEFORE: (0, 3), KEEP: (3, 2), SWAP: (3, 0), TRAIN_ON: (3, 2), BLEND: (3, 2),
        SCRATCH: (0, 5),
    }  # fmt: skip
    for way in result.ways:
        for each in way.runs:
            assert len(each.losses) == len(each.seconds) == way.epochs
            assert len(each.accuracies) == way.epochs + 1
            assert each.accuracy == each.accuracies[-1]
            there = [n for n, a in enumerate(each.accuracies) if a >= 0.3]
            if way.name == BLEND:
                there = [n for n in there if n and set(each.blend[n - 1]) == {1.0}]
            assert each.epochs_to_goal == (there[0] if there else None)
        assert way.accuracy.values == tuple(each.accuracy for each in way.runs)
    for seed in range(2):
        first, swapped, blended = (ways[name].runs[seed] for name in (BEFORE, SWAP, BLEND))
        assert ways[KEEP].runs[seed].accuracies[0] == first.accuracy
        assert blended.accuracies[0] == first.accuracy, "t = 0 is the old activation"
        assert ways[TRAIN_ON].runs[seed].accuracies[0] == swapped.accuracy
    assert ways[BLEND].runs[0].blend == ((1.0,), (1.0,))
    for gap in result.differences:
        pairs = zip(ways[gap.first].runs, ways[gap.second].runs, strict=True)
        gaps = [a.accuracy - b.accuracy for a, b in pairs]
        assert gap.difference.values == pytest.approx(gaps)
        assert gap.ahead == sum(each > 0 for each in gaps)


def test_the_same_call_gives_the_same_numbers(torch: Any) -> None:
    settings = {**SMALL, "hidden": (6, 5), "schedule": "per-layer", "tune_epochs": 3}
    first = actx.finetune("relu", "hard-mish", blend_epochs=3, **settings)
    torch.manual_seed(12345)  # whatever state torch's own generator is in
    torch.randn(3)
    second = actx.finetune("relu", "hard-mish", blend_epochs=3, **settings)
    assert _numbers(first) == _numbers(second)
    ts = first.way(BLEND).runs[0].blend
    assert ts[0] == pytest.approx((2 / 3, 0.0))
    assert ts[-1] == (1.0, 1.0)
    other = actx.finetune("relu", "hard-mish", **settings)
    assert _numbers(other) != _numbers(first)


def test_settings_of_torch_come_back(torch: Any) -> None:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    state = torch.random.get_rng_state()
    actx.finetune("relu", "x", **SMALL)
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before
    assert torch.equal(torch.random.get_rng_state(), state)


# Checkpoints

KILLED = {"dataset": "wine", "epochs": 8, "tune_epochs": 8, "seeds": 2}
KILLED_ARGS = "--from relu --dataset wine --epochs 8 --tune-epochs 8 --seeds 2".split()  # noqa: SIM905


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_and_resumed_gives_the_numbers_of_a_run_in_one_go(
    torch: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "actx", "finetune", *KILLED_ARGS, "--checkpoint", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not (folder / "seed0-blend.pt").exists() and time.monotonic() < deadline:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL
    behind = {
        path.name: len(torch.load(path, weights_only=True)["course"]["losses"])
        for path in folder.glob("*.pt")
    }
    assert behind["seed0-before.pt"] == 8
    assert 1 <= behind["seed0-blend.pt"] <= 8
    assert "seed1-scratch.pt" not in behind, "it was killed before it was done"
    done = subprocess.run(
        [*command[:-2], "--resume", str(folder), "--json"],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    whole = actx.finetune("relu", "hard-mish", **KILLED)
    assert _without_times(json.loads(done.stdout)) == _numbers(whole)


def test_a_resumed_run_trains_only_what_is_missing(torch: Any, tmp_path: Path) -> None:
    told: list[int] = []

    def stop(done: int, total: int, what: str) -> None:
        told.append(done)
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        actx.finetune("relu", "hard-mish", checkpoint=tmp_path, progress=stop, **SMALL)
    ages = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.pt")}
    assert sorted(ages) == ["seed0-before.pt", "seed0-keep.pt"]
    (tmp_path / ".actx-0123.tmp").write_bytes(b"what a kill in the middle of writing leaves")
    resumed = actx.finetune("relu", "hard-mish", checkpoint=tmp_path, resume=True, **SMALL)
    for name, age in ages.items():
        assert (tmp_path / name).stat().st_mtime_ns == age
    assert not list(tmp_path.glob(".actx-*"))
    assert _numbers(resumed) == _numbers(actx.finetune("relu", "hard-mish", **SMALL))


def test_checkpoints_of_another_experiment_are_refused(torch: Any, tmp_path: Path) -> None:
    actx.finetune("relu", "hard-mish", checkpoint=tmp_path, **SMALL)
    for change, part in (
        ({"rate": 0.01}, "rate is 0.01 now and was 0.001"),
        ({"hidden": (9,)}, r"hidden is \[9\] now and was \[8\]"),
        ({"schedule": "cosine"}, "schedule is"),
    ):
        with pytest.raises(UsageError, match=part):
            actx.finetune(
                "relu", "hard-mish", checkpoint=tmp_path, resume=True, **{**SMALL, **change}
            )
    with pytest.raises(UsageError, match="to is 'x' now"):
        actx.finetune("relu", "x", checkpoint=tmp_path, resume=True, **SMALL)
    with pytest.raises(UsageError, match="already"):
        actx.finetune("relu", "hard-mish", checkpoint=tmp_path, **SMALL)
    with pytest.raises(UsageError, match="no checkpoints"):
        actx.finetune("relu", "hard-mish", checkpoint=tmp_path / "x", resume=True, **SMALL)
    more = actx.finetune(
        "relu", "hard-mish", checkpoint=tmp_path, resume=True, accuracy=0.5, **SMALL | {"seeds": 2}
    )
    assert len(more.way(BLEND).runs) == 2, "more seeds, and another goal, can follow"


def test_a_checkpoint_that_cannot_be_read_is_named(torch: Any, tmp_path: Path) -> None:
    actx.finetune("relu", "hard-mish", checkpoint=tmp_path, **SMALL)
    path = tmp_path / "seed0-swap-and-train.pt"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(TrainingError, match=r"seed0-swap-and-train\.pt cannot be read"):
        actx.finetune("relu", "hard-mish", checkpoint=tmp_path, resume=True, **SMALL)


def test_a_loss_that_is_no_number_stops_and_keeps_the_checkpoints(
    torch: Any, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match=r"nan in epoch 1 of 'swap and train'.*kept in"):
        actx.finetune("relu", "log(x)", checkpoint=tmp_path, **SMALL)
    assert sorted(path.name for path in tmp_path.glob("*.pt")) == [
        "seed0-before.pt", "seed0-keep.pt",
    ]  # fmt: skip
    state = torch.load(tmp_path / "seed0-keep.pt", weights_only=True)
    assert all(torch.isfinite(value).all() for value in state["model"].values())


# Pruning


def _network(torch: Any) -> tuple[Any, Any]:
    from actx.studies.finetune.model import network
    from actx.torch import activation

    model = network(5, (8, 6), 3, lambda: activation("sigmoid"), 1)
    x = torch.randn(40, 5, generator=torch.Generator().manual_seed(2))
    return model, x


@pytest.mark.parametrize("method", ["magnitude", "activity"])
def test_pruned_neurons_could_be_left_out(torch: Any, method: str) -> None:
    """A smaller network of the neurons that are kept gives the same values.

    With the sigmoid, which is not 0 at 0: a neuron without weights is not yet gone.
    """
    from actx.studies.finetune.pruning import make_permanent, parameters_of, prune_neurons

    model, x = _network(torch)
    weights = [model[0].weight.detach().clone(), model[2].weight.detach().clone()]
    active = [model[:2](x).abs().mean(dim=0), model[:4](x).abs().mean(dim=0)]
    assert prune_neurons(model, 0.5, method, x) == (4, 3)
    kept = [torch.nonzero(model[i].weight_mask[:, :].any(dim=1)).ravel() for i in (0, 2)]
    scores = [weight.norm(dim=1) for weight in weights] if method == "magnitude" else active
    for places, score, count in zip(kept, scores, (4, 3), strict=True):
        assert set(places.tolist()) == set(score.topk(count).indices.tolist())
    make_permanent(model)
    small = torch.nn.Sequential(
        torch.nn.Linear(5, 4), model[1], torch.nn.Linear(4, 3), model[3], torch.nn.Linear(3, 3)
    )
    with torch.no_grad():
        small[0].weight.copy_(model[0].weight[kept[0]])
        small[0].bias.copy_(model[0].bias[kept[0]])
        small[2].weight.copy_(model[2].weight[kept[1]][:, kept[0]])
        small[2].bias.copy_(model[2].bias[kept[1]])
        small[4].weight.copy_(model[4].weight[:, kept[1]])
        small[4].bias.copy_(model[4].bias)
    torch.testing.assert_close(small(x), model(x))
    assert sum(each.numel() for each in small.parameters()) == parameters_of(5, (4, 3), 3)


def test_pruned_neurons_stay_out_while_training_goes_on(torch: Any) -> None:
    from actx.studies.finetune.pruning import make_permanent, prune_neurons

    model, x = _network(torch)
    prune_neurons(model, 0.25, "magnitude", x)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        model(x).square().sum().backward()
        optimizer.step()
    make_permanent(model)
    assert [int(model[i].weight.any(dim=1).sum()) for i in (0, 2)] == [2, 2]
    assert [int((model[i].bias != 0).sum()) for i in (0, 2)] == [2, 2]
    assert int(model[4].weight.any(dim=0).sum()) == 2


@pytest.mark.parametrize("method", ["magnitude", "activity"])
def test_pruning_is_reported_by_neurons_kept(torch: Any, method: str, tmp_path: Path) -> None:
    shares = (1.0, 0.5, 0.01)
    call = {"prune": method, "keep": shares, "prune_epochs": 2, **SMALL}
    result = actx.finetune("relu", "hard-mish", checkpoint=tmp_path, **call)
    assert [row.neurons for row in result.pruned] == [(8,), (4,), (1,)]
    assert result.pruned[0].at_once.mean == result.way(BLEND).accuracy.mean
    again = actx.finetune("relu", "hard-mish", checkpoint=tmp_path, resume=True, **call)
    assert _numbers(again) == _numbers(result)


# What is said of it


def _way(name: str, accuracies: Sequence[float], epochs: int = 2, begins: int = 2) -> Way:
    runs = tuple(
        Run(seed, a, (0.1,) * epochs + (a,), tuple(0.5**n for n in range(epochs)),
            ((1.0,),) * epochs if name == BLEND else (), None, (0.25,) * epochs)
        for seed, a in enumerate(accuracies)
    )  # fmt: skip
    seconds = 0.25 if epochs else math.nan
    return Way(name, "f", begins, epochs, spread(accuracies), 0, None, seconds, None, runs)


def _result(blended: Sequence[float], swapped: Sequence[float], name: str = "hard-mish") -> Any:
    ways = [
        _way(BEFORE, [0.9] * len(blended), 2, 0), _way(KEEP, [0.9] * len(blended)),
        _way(SWAP, swapped, 0), _way(TRAIN_ON, swapped), _way(BLEND, blended),
        _way(SCRATCH, [0.8] * len(blended), 4, 0),
    ]  # fmt: skip
    by_name = {way.name: way for way in ways}

    def gap(a: str, b: str) -> Difference:
        gaps = [p - q for p, q in zip(by_name[a].accuracy.values, by_name[b].accuracy.values,
                                      strict=True)]  # fmt: skip
        return Difference(a, b, spread(gaps), sum(g > 0 for g in gaps), sum(g < 0 for g in gaps))

    settings = Settings(
        "digits", 2, 2, 1, schedule("linear"), len(blended), (8,), 32, 1e-3, "auto", 1, 0.95,
        "magnitude", (1.0, 0.25), 1,
    )  # fmt: skip
    pruned = [
        Pruned(share, (round(8 * share),), 99, spread([0.3] * len(blended)), spread(blended))
        for share in settings.keep
    ]
    return Finetuning(
        "mish", "x*tanh(softplus(x))", name, "x", settings, "cpu", 64, 10, 100, 50, tuple(ways),
        (gap(SWAP, BEFORE), gap(BLEND, TRAIN_ON)), tuple(pruned),
    )  # fmt: skip


def _text(result: Finetuning, capsys: Any, width: int = 80) -> str:
    on = console()
    on.width = width
    write_tables(sheet(result), on)
    return str(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("blended", "swapped", "said"),
    [
        ([0.95, 0.91], [0.94, 0.92], "0.00 points, which is within the spread of 1.41"),
        ([0.94, 0.95], [0.91, 0.92], "+3.00 points, more than the spread of 0.00; 2 seeds are no"),
        ([0.91, 0.92], [0.94, 0.93], "-2.00 points, more than the spread of 1.41; 2 seeds are no"),
        ([0.91, 0.92], [0.91, 0.92], "no difference in the accuracy of any seed"),
        ([0.92], [0.91], "Blending instead of swapping at once: +1.00 points."),
    ],
)
def test_the_verdict_says_no_more_than_the_numbers(
    blended: Sequence[float], swapped: Sequence[float], said: str, capsys: Any
) -> None:
    text = " ".join(_text(_result(blended, swapped), capsys).split())
    verdict = text[text.index("Blending instead") :]
    assert said in verdict.split(" note:")[0]
    assert ("One seed" in text) == (len(blended) == 1)


def test_the_sheet_fits_and_gives_accuracies_in_percent(capsys: Any) -> None:
    result = _result([0.95, 0.91], [0.94, 0.92])
    text = _text(result, capsys)
    assert max(map(len, text.splitlines())) <= 80
    row = next(line for line in text.splitlines() if "blended, trained on " in line)
    assert row.split()[-5:-3] == ["93.00", "2.83"]
    assert "nan" not in text
    long = replace(result, to="x*sigmoid(1.25*x)*tanh(exp(x) + 0.001*x)")
    assert max(map(len, _text(long, capsys).splitlines())) <= 80


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "name", ["hard-mish", "x*sigmoid(1.25*x)*tanh(exp(x) + 0.001*x)", "λ" * 90]
)
@pytest.mark.parametrize(("seeds", "width"), [(1, "page"), (2, "page"), (2, "column"), (2, 40)])
def test_nothing_of_the_picture_is_cut_off(name: str, seeds: int, width: str | int) -> None:
    from actx.present.pictures.finetuning import build
    from actx.present.pictures.setting import plain_settings
    from actx.present.pictures.sheet import sheet_of

    result = _result([0.95, 0.91][:seeds], [0.94, 0.92][:seeds], name)
    with plain_settings():
        figure = build(result, sheet_of(width))
        figure.canvas.draw()
        boxes = [
            text.get_window_extent()
            for holder in (figure, *figure.axes)
            for text in (*holder.texts, *(
                label for axis in (getattr(holder, "xaxis", None), getattr(holder, "yaxis", None))
                if axis is not None for label in axis.get_ticklabels()
            ))
            if text.get_text()
        ]  # fmt: skip
        across, down = figure.canvas.get_width_height()
    assert len(boxes) > 15
    for box in boxes:
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= across
        assert box.y1 <= down
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0
            assert apart, (a, b)


def test_the_picture_of_a_given_network_has_the_ways_that_there_are(tmp_path: Path) -> None:
    made = _result([0.95, 0.91], [0.94, 0.92])
    ways = tuple(way for way in made.ways if way.name != SCRATCH)
    network = GivenNetwork("net.onnx", 1, 1, 9, labelled=True)
    given = replace(made, ways=ways, network=network)
    text = given.save(tmp_path / "a.svg", "column").read_text()
    assert "from the start" not in text
    assert "as given" in text


def test_the_picture_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    result = _result([0.95, 0.91], [0.94, 0.92])
    for ending in ("svg", "png", "pdf"):
        paths = [result.save(tmp_path / f"{n}.{ending}") for n in range(2)]
        assert paths[0].read_bytes() == paths[1].read_bytes()


# The command


def test_the_command_writes_table_picture_and_json(torch: Any, tmp_path: Path, capsys: Any) -> None:
    from actx.cli import main

    picture = tmp_path / "curves.svg"
    args = ["--from", "relu", "--to", "leaky-relu", "--set", "slope=0.2", "--dataset", "iris"]
    args += ["--epochs", "2", "--seeds", "1", "--hidden", "4", "-o", str(picture)]
    assert main(["finetune", *args]) == 0
    assert f"Wrote{picture}" in "".join(capsys.readouterr().out.split())
    assert main(["finetune", *args, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["from"], result["to"]) == ("relu", "leaky-relu")
    assert result["to_formula"] == "x if x > 0 else 0.2*x"
    assert result["output"] == str(picture)
    assert picture.read_text().lstrip().startswith("<?xml")
    assert len(result["ways"]) == 6
    assert result["ways"][2]["seconds_per_epoch"] is None


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["--dataset", "digit"], "Did you mean digits?"),
        (["--schedule", "lineal"], "Did you mean linear?"),
        (["--epochs", "0"], "from 1 to"),
        (["--blend-epochs", "11"], "at most that after the change"),
        (["--accuracy", "2"], "from 0 to 1"),
        (["--hidden", "8,x"], "'x'"),
        (["--rate", "-1"], "above 0"),
        (["--prune", "luck"], "magnitude or activity"),
        (["--prune", "activity", "--keep", "0.5,0"], "above 0"),
        (["--to", "hard-mihs"], "hard"),
        (["--to", "a*x"], "a"),
        (["-o", "x.gif"], ".gif"),
        (["--checkpoint", "a", "--resume", "b"], "one of them"),
        (["--device", "tpu"], "auto, cpu, cuda"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_told_before_anything_is_trained(
    args: Sequence[str], part: str, capsys: Any
) -> None:
    from actx.cli import main

    assert main(["finetune", *args]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Error: ")
    assert part in captured.err


@pytest.mark.parametrize("package", ["torch", "sklearn"])
def test_a_missing_package_is_named_with_what_to_install(package: str) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from actx.cli import main; sys.exit(main(['finetune']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert install_hint("finetune") in done.stderr
    assert "Traceback" not in done.stderr


def test_no_cuda_is_told(torch: Any) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    with pytest.raises(UsageError, match="device='cpu'"):
        actx.finetune("relu", "x", device="cuda", **SMALL)
