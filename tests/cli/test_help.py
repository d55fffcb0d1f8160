"""Help that fits a screen, its examples run, and messages that name the mend."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from commands import ENVIRONMENT, heed_interrupts, refused, run

from actx.cli.app import COMMANDS, PANELS

SCREEN = 44  # lines
# what takes longer than a few seconds, or needs PyTorch, or a compiler
SLOW = ("search", "finetune", "bench", "model")


def examples(name: str) -> list[str]:
    shown = run(name, "--help").stdout.split("Examples:")[1]
    return re.findall(r"^ +actx (.+)$", shown, re.M)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_a_screen_and_says_where_the_rest_is(name: str) -> None:
    short = run(name, "--help", COLUMNS="80").stdout
    assert len(short.splitlines()) <= SCREEN
    assert all(len(line) <= 80 for line in short.splitlines())
    assert len(examples(name)) == 3
    whole = run(name, "--help-all").stdout
    options = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", whole.split("Options:")[1]))
    assert options - {"--help-all", "--separate"} <= {
        *re.findall(r"--[a-z][\w-]*", short), "--no-prove", "--to",
    }  # fmt: skip
    if "More options" in short:
        panels = re.findall(r"^  ([A-Z][\w ]+?)  +--", short.split("More options")[1], re.M)
        assert panels
        assert all(f"\n{panel}:\n" in whole for panel in panels)


def test_commands_stand_under_what_they_are_for() -> None:
    shown = run("--help", COLUMNS="80").stdout
    assert "..." not in shown.split("Look at formulas:")[1]
    for panel, names in PANELS.items():
        section = shown.split(f"{panel}:\n")[1].split("\n\n")[0]
        assert [line.split()[0] for line in section.splitlines()] == list(names)


def run_example(example: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(folder / "inputs.npy", np.linspace(-3, 3, 50))
    (folder / "my-formulas.toml").write_text('[mine]\nformula = "x*sigmoid(1.3x)"\n')
    words = shlex.split(re.sub(r" > \S+\.json$", "", example))
    if words[0] == "finetune" or "torch" in words:
        pytest.importorskip("torch")
    if words[0] == "finetune":
        words += ["--seeds", "1"]
    if words[0] == "model":
        make_network(folder)
    monkeypatch.chdir(folder)
    done = run(*words, patience=600)
    assert done.returncode == 0, done.stderr


def make_network(folder: Path) -> None:
    """x → gelu(a·x), with inputs for it."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    helper, numbers = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [helper.make_node("Gelu", ["x"], ["y"])]
    ends = [[helper.make_tensor_value_info(name, numbers, ["n", 4])] for name in "xy"]
    graph = helper.make_graph(nodes, "net", *ends)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.save(made, folder / "net.onnx")
    x = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    np.savez(folder / "inputs.npz", x=x)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in SLOW])
def test_the_first_example_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_example(examples(name)[0], tmp_path, monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_all_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for example in examples(name):
        run_example(example, tmp_path, monkeypatch)


# What people mistype, and what names the mend: the value, where it is simply understood.
MISTAKES = {
    "a misspelt formula": (["show", "mihs"], "Did you mean mish?"),
    "a misspelt command": (["shw", "mish"], "Did you mean 'show'?"),
    "a misspelt option": (["compare", "relu", "mish", "--domian", "0:1"], "Did you mean --domain?"),
    "a misspelt function": (["show", "x*sigmiod(x)"], "sigmoid"),
    "a decimal comma": (["show", "0,5*x"], "A decimal point is a dot"),
    "a decimal comma in a value": (["show", "a*x", "--set", "a=1,5"], "A decimal point is a dot"),
    "a reversed domain": (["show", "mish", "--domain", "5:-5"], "write -5:5"),
    "a missing target": (["compare", "hard-mish"], "as in `actx compare hard-mish mish`"),
    "a bracket left open": (["show", "tanh(x"], "A bracket is left open"),
    "a bracket too many": (["show", "x*tanh(x))"], "closes no bracket: leave it out"),
    "no file to write": (["explore", "swish"], "-o FILE is missing. The page to write: .html"),
}
UNDERSTOOD = {
    "Python": ("x**2", "x^2"),
    "NumPy": ("np.tanh(x)", "tanh(x)"),
    "LaTeX": (r"\frac{x}{1+e^{-x}}", "x/(1 + exp(-x))"),
    "a Unicode minus": ("−x*sigmoid(x)", "-x*sigmoid(x)"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_leads_to_its_mend(mistake: str) -> None:
    args, mend = MISTAKES[mistake]
    assert mend in refused(*args)


@pytest.mark.parametrize("habit", UNDERSTOOD)
def test_other_ways_to_write_are_understood(habit: str) -> None:
    text, plain = UNDERSTOOD[habit]
    done = run("show", text, "--no-prove")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].strip() == plain


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    place = tmp_path / "none" / "x.png"
    assert "Make it first" in refused("plot", "mish", "-o", str(place), status=1)


def stopped(*args: str, after: Path) -> subprocess.CompletedProcess[str]:
    """A run that is interrupted as by Ctrl-C when a file is there."""
    with subprocess.Popen(
        [sys.executable, "-m", "actx", *args], env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heed_interrupts,
    ) as process:  # fmt: skip
        end = time.monotonic() + 60
        while not after.exists() and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(args, process.returncode, out, err)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals there")
def test_a_run_that_is_stopped_says_what_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "front.jsonl"
    done = stopped("search", "--jobs", "1", "--resume", str(kept), after=kept)
    # a shell tells 130 of both: Python ends by the signal where it met one in code made from text
    assert done.returncode in (130, -signal.SIGINT)
    assert done.stdout == ""
    assert f"is kept in {kept}; the same options with --resume {kept} go on" in done.stderr
    assert "Traceback" not in done.stderr


# `actx list`


def test_list_finds_by_words_and_family() -> None:
    assert "hard-mish" in run("list", "forum").stdout
    shown = run("list", "RELU6", "--family", "hard").stdout
    assert "hard-swish" in shown
    assert "relu6 " not in shown
    assert "there are elu, gelu, hard" in refused("list", "--family", "hrad")
    assert "has 'nonsense' about it" in refused("list", "nonsense")
    assert all(len(line) <= 80 for line in run("list", COLUMNS="80").stdout.splitlines())
