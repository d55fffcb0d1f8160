"""The command line as a user meets it: every test starts a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from commands import ENVIRONMENT, refused, run, run_json, run_on_terminal, status_without_a_reader
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from actx.cli.app import COMMANDS, program
from actx.cli.usage.parsing import OptionError, read

# typer's converters bring pydantic, which takes longer to import than all that `actx list` does.
HEAVY = ("numpy", "scipy", "matplotlib", "pydantic")


# The program


def test_version() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("actx ")


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_and_json(name: str) -> None:
    done = run(name, "--help")
    assert done.returncode == 0
    assert f"actx {name}" in done.stdout.split("Examples:")[1]
    assert "--json" in done.stdout


def test_nothing_to_do_shows_what_can_be_done() -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    for part in ("Examples:", "Look at formulas:", "Find better ones:", "Take them along:"):
        assert part in done.stdout


def test_an_unknown_command_gets_the_nearest() -> None:
    assert "Did you mean 'show'?" in refused("shw", "mish")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_knows_the_registry(shell: str) -> None:
    line = {"_TYPER_COMPLETE_ARGS": "actx show hard-mi", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    words = {"COMP_WORDS": "actx show hard-mi", "COMP_CWORD": "2"}
    done = run(_ACTX_COMPLETE=f"complete_{shell}", **line, **words)
    assert "hard-mish" in done.stdout


@pytest.mark.parametrize(
    ("typed", "found"),
    [("actx export mish --to nu", "numba numpy"), ("actx fit mish --norm l", "l1 l2"),
     ("actx fit --nor", "--norm"), ("actx expl", "explore")],
)  # fmt: skip
def test_shell_completion_knows_options_and_their_values(typed: str, found: str) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    assert sorted(run(_ACTX_COMPLETE="complete_bash", **words).stdout.split()) == found.split()


@pytest.mark.parametrize("args", [["list"], ["--help"], ["list", "--json"], ["show", "--help"]])
def test_light_commands_import_nothing_heavy(args: Sequence[str]) -> None:
    code = (
        f"import sys; from actx.cli import main; main({list(args)!r}); "
        f"sys.exit(', '.join(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        ("KeyboardInterrupt", 130, ""),
        ("ZeroDivisionError('by nothing')", 1, "ZeroDivisionError: by nothing"),
        ("RecursionError", 1, "RecursionError"),
        ("MemoryError", 1, "MemoryError"),
        ("PermissionError(13, 'Permission denied', 'a/b')", 1, "Permission denied (a/b)"),
    ],
)
def test_no_end_of_a_run_shows_a_traceback(error: str, status: int, message: str) -> None:
    code = (
        "import sys, actx\nfrom actx.cli import main\n"
        f"def fail(*args, **options): raise {error}\n"
        "actx.show = fail\nsys.exit(main(['show', 'mish']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes close otherwise there")
def test_a_reader_that_goes_away_is_no_error() -> None:
    assert status_without_a_reader("list") == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_said() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "actx", "list"],
            env=ENVIRONMENT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The result could not be written")
    assert "Traceback" not in done.stderr


# Each command, as JSON by the contract


def test_list_json() -> None:
    entries = run_json("list")["formulas"]
    by_name = {entry["name"]: entry for entry in entries}
    assert by_name["swish"]["parameters"] == {"beta": 1.0}
    assert "silu" in by_name["swish"]["aliases"]
    assert all(entry["source"] and entry["family"] and entry["formula"] for entry in entries)


def test_show_json() -> None:
    result = run_json("show", "hard-mish")
    assert result["name"] == "hard-mish"
    assert result["domain"] == ["-inf", "inf"]
    assert result["minimum"]["x"] == pytest.approx(-1.5, abs=1e-9)
    assert result["minimum"]["y"] == pytest.approx(-0.45, abs=1e-12)
    assert result["minimum"]["kind"] == "interior"
    assert [kink["x"] for kink in result["kinks"]] == pytest.approx([-3, 2])
    assert result["tails"]["right"]["slope"] == 1
    assert result["tails"]["right"]["intercept"] == 0
    assert {"minima", "maxima", "zeros", "smoothness"} <= set(result)


def test_compare_json() -> None:
    result = run_json("compare", "hard-mish", "swish", "linear-swish", "mish")
    assert result["target"] == "mish"
    worst = {item["name"]: item["max_error"] for item in result["rows"]}
    assert list(worst) == ["linear-swish", "hard-mish", "swish"], "smallest max_error first"
    # The reference values of the design, computed at 40 digits by other code.
    for name, value, x in (
        ("swish", 0.18435114362785, 1.82080838702),
        ("hard-mish", 0.1595466051418, -1.72974769108),
        ("linear-swish", 0.1464101706103, -0.820858503075),
    ):
        assert worst[name]["value"] == pytest.approx(value, abs=1e-12)
        assert worst[name]["x"] == pytest.approx(x, abs=1e-6)
        assert abs(worst[name]["signed"]) == worst[name]["value"]
    assert {"l1_error", "l2_error", "gauss_error", "max_slope_error", "minimum", "kinks"} <= set(
        result["rows"][0]
    )


def test_compare_all_ranks_the_registry() -> None:
    result = run_json("compare", "--all", "--no-prove", "--domain", "-5:5")
    assert result["target"] == "mish"
    assert result["domain"] == [-5.0, 5.0]
    values = [item["max_error"]["value"] for item in result["rows"]]
    finite = [value for value in values if value != "inf"]
    assert len(finite) >= 20
    assert finite == sorted(finite)


def test_an_infinite_error_is_a_string() -> None:
    error = run_json("compare", "2x", "mish")["rows"][0]["max_error"]
    assert error["value"] == "inf"


def test_kinks_json() -> None:
    result = run_json("kinks", "hard-mish")
    assert set(result) >= {"formula", "domain", "kinks", "smoothness"}
    kink = result["kinks"][0]
    assert (kink["x"], kink["order"], kink["left"]) == (pytest.approx(-3), 1, 0.0)
    assert kink["right"] == kink["jump"] == pytest.approx(-0.6)


def test_max_order_limits_the_kinks() -> None:
    # x·Relu3(x+3)/3 has a jump of f'' alone at 0 (2/3 on the left, 0 on the right).
    assert [k["x"] for k in run_json("kinks", "x.Relu3(x+3)/3", "--max-order", "1")["kinks"]] == [
        pytest.approx(-3)
    ]
    last = run_json("kinks", "x.Relu3(x+3)/3", "--max-order", "2")["kinks"][-1]
    assert (last["x"], last["order"]) == (pytest.approx(0, abs=1e-12), 2)
    assert last["jump"] == pytest.approx(-2 / 3)


def test_fit_json() -> None:
    result = run_json("fit", "a*tanh(x)", "--target", "0.5*tanh(x)", "--domain", "-2:2")
    assert result["parameters"] == {"a": pytest.approx(0.5, abs=1e-6)}
    assert result["domain"] == [-2.0, 2.0]
    needed = {"template", "target", "norm", "objective", "max_error", "l1_error", "l2_error"}
    needed |= {"gauss_error", "alternation", "formula", "notes"}
    assert needed <= set(result)


def test_a_fit_on_the_half_line_says_so() -> None:
    result = run_json("fit", "2x*sigmoid(a*x)", "--target", "mish")
    assert result["domain"] == ["-inf", 0.0]
    assert result["notes"]


def test_bounds_norm_and_start_reach_the_fit() -> None:
    result = run_json(
        *("fit", "x*sigmoid(a*x)", "--norm", "l2", "--init", "a=0.3", "--bound", "a=0.1:0.5")
    )
    assert result["norm"] == "l2"
    assert 0.1 <= result["parameters"]["a"] <= 0.5


def test_plot_json_and_text(tmp_path: Path) -> None:
    picture = tmp_path / "curves.svg"
    result = run_json("plot", "hard-mish", "-o", str(picture), "--target", "mish", "--view", "-4:4")
    assert result == {"output": str(picture)}
    assert picture.read_text().lstrip().startswith("<?xml")
    done = run("plot", "mish", "--output", str(tmp_path / "mish.png"))
    assert done.returncode == 0
    assert done.stdout == f"Wrote {tmp_path / 'mish.png'}\n"


# Arguments

SHOW = get_command(program()).commands["show"]  # type: ignore[attr-defined]


@given(st.text().filter(lambda word: not word.startswith("--") and word not in ("-h", "")))
def test_any_word_that_is_no_option_is_an_argument(word: str) -> None:
    if f"-{word.partition('=')[0]}" in {name for param in SHOW.params for name in param.opts}:
        with pytest.raises(OptionError, match="Did you mean"):
            read([word], SHOW.params, ["--help", "-h"])
    else:
        for words in ([word], ["--domain", "-1:1", word], [word, "--json"], ["--", word]):
            values = read(words, SHOW.params, ["--help", "-h"])
            assert values is not None
            assert values["formula"] == word


@given(st.text())
def test_an_option_takes_any_word_as_its_value(value: str) -> None:
    for words in (["--domain", value], [f"--domain={value}"]):
        values = read([*words, "mish"], SHOW.params, ["--help", "-h"])
        assert values is not None
        assert (values["domain"], values["formula"]) == (value, "mish")


def test_formulas_may_begin_with_a_minus_sign() -> None:
    shown = run_json("show", "-x*sigmoid(x)")
    assert shown["maxima"][0]["y"] == pytest.approx(0.278464542761, abs=1e-10)
    row = run_json("compare", "-relu(-x)", "-2x", "min(x, 0)")["rows"]
    assert row[0]["max_error"]["value"] == 0
    assert run_json("show", "-2x", "--domain", "-5:5")["domain"] == [-5.0, 5.0]
    assert run_json("show", "--domain=-5:5", "-a*x", "--set", "a=-1")["minimum"]["y"] == -5
    after_dashes = run("kinks", "--json", "--", "--abs(x)")
    assert json.loads(after_dashes.stdout)["kinks"][0]["order"] == 1


@pytest.mark.parametrize(
    ("option", "meant"),
    [("--jsn", "--json"), ("-json", "--json"), ("--domian=-5:5", "--domain"), ("--sets", "--set")],
)
def test_a_mistyped_option_gets_the_nearest(option: str, meant: str) -> None:
    assert f"Did you mean {meant}?" in refused("show", "mish", option)


@pytest.mark.parametrize(
    "greek",
    [["--set", "β=2"], ["--set", "beta=2"]],
)
def test_set_takes_greek_names(greek: Sequence[str]) -> None:
    # x·sigmoid(2x) is x·sigmoid(x) scaled by 1/2 in both directions.
    result = run_json("show", "swish", *greek)
    assert result["minimum"]["x"] == pytest.approx(-1.27846454276 / 2, abs=1e-9)
    assert result["minimum"]["y"] == pytest.approx(-0.278464542761 / 2, abs=1e-12)


def test_a_registry_file_joins_in(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[mine]\nformula = "x*sigmoid(3x)"\nsource = "test"\nfamily = "swish"\n')
    names = [item["name"] for item in run_json("list", "--registry", str(file))["formulas"]]
    assert "mine" in names
    assert run_json("show", "mine", "--registry", str(file))["name"] == "mine"


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["show"], "FORMULA is missing"),
        (["show", "mish", "relu"], "one argument too many: 'relu'"),
        (["show", "mish", "--domain"], "--domain needs a value"),
        (["show", "mish", "--domain", "3"], "LO:HI"),
        (["show", "mish", "--domain", "5:-5"], "empty"),
        (["show", "swish", "--set", "beta"], "NAME=VALUE"),
        (["show", "swish", "--set", "beta=two"], "NAME=VALUE"),
        (["show", "swish", "--set", "beta=1", "--set", "beta=2"], "two values"),
        (["show", "mish", "--json=yes"], "takes no value"),
        (["show", "a*x"], "a"),
        (["show", "x*sigmiod(x)"], "sigmoid"),
        (["show", "("], "^"),
        (["show", ""], ""),
        (["show", "mish", "--registry", "no/such/file.toml"], "no/such/file.toml"),
        (["compare", "mish"], "at least one candidate"),
        (["compare", "--all", "relu", "mish"], "only argument is the target"),
        (["kinks", "mish", "--max-order", "11"], "from 0 to 10"),
        (["kinks", "mish", "--max-order", "-1"], "from 0 to 10"),
        (["fit", "a*x", "--norm", "l3"], "max, l2, l1, gauss"),
        (["fit", "a*x", "--bound", "a=4:1"], "NAME=LO:HI"),
        (["fit", "a*x", "--init", "a"], "NAME=VALUE"),
        (["plot", "mish"], "-o FILE is missing"),
        (["plot", "-o", "x.png"], "at least one formula"),
        (["plot", "mish", "-o", "x.png", "--view", "0:inf"], "finite"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_one_paragraph_and_status_2(args: Sequence[str], part: str) -> None:
    assert part in refused(*args)
    assert part in refused(*args, "--json") or args[-1].startswith("--")


def test_bytes_that_are_no_text_are_refused_in_peace() -> None:
    for args in ([b"show", b"\xff\xfe"], [b"\xff"], [b"show", b"mish", b"--\xff=1"]):
        refused(*args)
        refused(*args, PYTHONUTF8="0", PYTHONIOENCODING="ascii")


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in refused("show", "x + \x1b[31m")


# Text output

RANKING = ("compare", "hard-mish", "swish", "relu", "mish")


def test_piped_text_is_plain() -> None:
    for args in (["list"], ["show", "hard-mish"], RANKING, ["kinks", "hard-mish"]):
        done = run(*args)
        assert (done.returncode, done.stderr) == (0, "")
        assert "\x1b" not in done.stdout
        assert "─" not in done.stdout
        assert all(len(line) <= 80 and line == line.rstrip() for line in done.stdout.splitlines())


def test_columns_sets_the_width_of_piped_text() -> None:
    narrow, wide = (run(*RANKING, COLUMNS=str(width)).stdout for width in (80, 160))
    assert len(wide.splitlines()) < len(narrow.splitlines())


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_gets_colour_and_its_own_width(columns: int) -> None:
    text = run_on_terminal(columns, *RANKING)
    assert "\x1b[" in text
    plain = run_on_terminal(columns, *RANKING, NO_COLOR="1")
    assert "\x1b" not in plain
    assert max(map(len, plain.splitlines())) <= columns


def test_an_encoding_without_the_signs_is_no_error() -> None:
    done = run("show", "hard-mish", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()
