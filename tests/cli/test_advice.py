"""What would help is told as it is asked for: as options by the commands, else as arguments."""

from __future__ import annotations

import ast
import copy
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import refused
from places import ROOT

import actx
from actx.cli.usage.parsing import as_option
from actx.core import errors
from actx.core.errors import ActxError, AnalysisError, FitError, MissingPackageError

# A call that fails, the command that asks the same, and how the advice ends in each.
ADVICE: list[tuple[Callable[[], Any], list[str], str, str]] = [
    (
        lambda: actx.show("floor(1e9*x)", domain=(-5, 5)),
        ["show", "floor(1e9*x)", "--domain", "-5:5"],
        "domain=(-2.5, 2.5)",
        "--domain -2.5:2.5",
    ),
    (
        lambda: actx.show("a*x + b"),
        ["show", "a*x + b"],
        "Give it with set={'a': 1}, say.",
        "Give it with --set a=1, say.",
    ),
    (
        lambda: actx.show("log(x)"),
        ["show", "log(x)"],
        "Give a domain on which it is defined.",
        "Give a --domain on which it is defined.",
    ),
    (
        lambda: actx.fit("x*sin(a*x)"),
        ["fit", "x*sin(a*x)"],
        "Give a finite domain, as in domain=(-5, 5).",
        "Give a finite domain, as in --domain -5:5.",
    ),
    (
        lambda: actx.export("mish", "torch", dtype="float16"),
        ["export", "mish", "--to", "torch", "--dtype", "float16"],
        "Leave out dtype.",
        "Leave out --dtype.",
    ),
    (
        lambda: actx.bench("mish", threads=2),
        ["bench", "mish", "--threads", "2"],
        "Leave out threads.",
        "Leave out --threads.",
    ),
    (
        lambda: actx.bench("mish", composed=True),
        ["bench", "mish", "--composed"],
        "device and composed are for the backend torch.",
        "--device and --composed are for the backend torch.",
    ),
    (
        lambda: actx.plot("mish", output="a.bmp"),
        ["plot", "mish", "-o", "a.bmp"],
        "Write for example output='curves.png'.",
        "Write for example -o curves.png.",
    ),
]


@pytest.mark.parametrize(
    ("call", "words", "argument", "option"), ADVICE, ids=[" ".join(each[1]) for each in ADVICE]
)
def test_advice(call: Callable[[], Any], words: list[str], argument: str, option: str) -> None:
    with pytest.raises(ActxError) as caught:
        call()
    assert argument in str(caught.value)
    assert "--" not in str(caught.value)
    told = refused(*words, status=caught.value.status)
    assert option in told
    assert argument not in told or argument == option
    assert " ".join(caught.value.message.split()) in told


def test_how_arguments_are_written() -> None:
    error = FitError(
        "It fails.",
        "Give {domain}, {init}, {input_range}, {device} or {resume}.",
        domain=(-5, 5), init={"a": 1, "b": 0.5}, input_range=None, device="cpu", resume=True,
    )  # fmt: skip
    assert str(error) == (
        "It fails. Give domain=(-5, 5), init={'a': 1, 'b': 0.5}, input_range, device='cpu' or "
        "resume=True."
    )
    assert error.worded(as_option) == (
        "It fails. Give --domain -5:5, --init a=1 --init b=0.5, --input-range, --device cpu or "
        "--resume."
    )


def test_braces_of_a_formula_are_no_arguments() -> None:
    error = AnalysisError("{0: 0, 1: 2} and {domain} break.", "Give {domain}.", domain=(0, 1))
    assert str(error) == "{0: 0, 1: 2} and {domain} break. Give domain=(0, 1)."


@pytest.mark.parametrize("kind", [AnalysisError, FitError, MissingPackageError])
def test_errors_are_copied_whole(kind: type[ActxError]) -> None:
    """As from a process of a search, which pickles them."""
    error = kind("It fails.", "Give {rate}.", rate=None)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is kind
        assert str(again) == "It fails. Give rate."
        assert again.worded(as_option) == "It fails. Give --rate."


def texts(file: Path) -> Iterator[str]:
    """The strings of a module."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]+|-o )")
# Options of other programs, and names of variables in a style sheet.
FOREIGN = {"--version", "--install", "--paper", "--ink", "--c-"}


def test_nothing_below_the_commands_speaks_of_options() -> None:
    files = [
        file for file in (ROOT / "actx").rglob("*.py") if "cli" not in file.relative_to(ROOT).parts
    ]
    assert len(files) > 200
    found = {
        (file.name, match[1])
        for file in files
        for text in texts(file)
        for match in OPTION.finditer(text)
        if match[1] not in FOREIGN
    }
    assert not found


def test_advice_is_taken_by_the_commands() -> None:
    """Every argument that advice names is an option of a command."""
    named = set()
    for file in (ROOT / "actx").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            kind = getattr(errors, name, None)
            ours = isinstance(kind, type) and issubclass(kind, ActxError)
            if ours or name == "OutputEndingError":
                named |= {each.arg for each in node.keywords if each.arg}
    options = {text for file in (ROOT / "actx" / "cli").rglob("*.py") for text in texts(file)}
    assert {"domain", "set", "init", "bounds", "dtype"} <= named
    for argument in named:
        assert as_option(argument, None) in options, argument
