"""Proofs on the command line: every test starts a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import pytest
from commands import ENVIRONMENT, refused, run, run_json, run_on_terminal, status_without_a_reader

from actx.core.errors import ExitStatus

RANKING = ("compare", "hard-mish", "linear-swish", "swish", "elu", "mish")

# The reference values of the design, computed at 40 digits by other code.
WORST = {
    "swish": "0.18435114362785",
    "hard-mish": "0.1595466051418",
    "linear-swish": "0.1464101706103",
}
LOWEST = {
    "mish": ("-1.19243121452", "-0.308843413017"),
    "swish": ("-1.27846454276", "-0.278464542761"),
    "hard-mish": ("-1.5", "-0.45"),
    "linear-swish": ("-1.02277163421", "-0.445543268418"),
}


def right(text: str, digits: int = 7) -> str:
    """A decimal rounded to some digits, as the tables print it."""
    return (
        f"{float(Context(prec=digits, rounding=ROUND_HALF_EVEN).create_decimal(text)):.{digits}g}"
    )


def holds(enclosure: list[float], reference: str) -> bool:
    """Whether an enclosure holds a reference, which itself is rounded to its last digit."""
    value = Decimal(reference)
    last = Decimal(1).scaleb(int(value.as_tuple().exponent))
    return Decimal(enclosure[0]) - last <= value <= Decimal(enclosure[1]) + last


def proven_flags(document: Any) -> Iterator[bool]:
    """All that a document says about being proven."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "proven":
                yield value
            else:
                yield from proven_flags(value)
    elif isinstance(document, list):
        for item in document:
            yield from proven_flags(item)


# Options


@pytest.mark.parametrize("command", ["show", "kinks", "compare", "prove"])
@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "two", ""])
def test_a_budget_is_a_positive_finite_number(command: str, text: str) -> None:
    arguments = {"compare": ["relu", "mish"], "prove": ["relu <= mish"]}.get(command, ["mish"])
    message = refused(command, *arguments, "--budget", text)
    assert "--budget is a number of seconds above 0" in message
    assert repr(text) in message


def test_a_wrong_budget_is_wrong_without_proofs_too() -> None:
    assert "--budget" in refused("show", "mish", "--no-prove", "--budget", "soon")


@pytest.mark.parametrize("command", ["show", "kinks", "compare"])
def test_the_help_names_the_options(command: str) -> None:
    short, whole = (run(command, option).stdout for option in ("--help", "--help-all"))
    for text in (short, whole):
        assert "--no-prove" in text
        assert "--budget" in text
    assert "--budget SECONDS" in whole


def test_the_budget_reaches_the_proofs() -> None:
    code = (
        "import sys, actx\nfrom actx.cli import main\n"
        "def tell(*args, budget, **options): sys.exit(f'budget {budget}')\n"
        "actx.show = actx.kinks = actx.compare = actx.prove = tell\nmain(sys.argv[1:])"
    )
    for args, budget in (
        (["show", "mish"], "2.0"),
        (["kinks", "mish", "--budget", "0.5"], "0.5"),
        (["compare", "relu", "mish", "--no-prove"], "None"),
        (["prove", "relu <= mish", "--budget=7"], "7.0"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *args],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == f"budget {budget}\n"


# JSON


@pytest.mark.parametrize("name", LOWEST)
def test_the_minimum_is_enclosed(name: str) -> None:
    result = run_json("show", name)
    x, y = LOWEST[name]
    minimum = result["minimum"]
    assert minimum["proven"] is True
    assert holds(minimum["enclosure"]["x"], x)
    assert holds(minimum["enclosure"]["y"], y)
    assert minimum["enclosure"]["y"][0] <= minimum["y"] <= minimum["enclosure"]["y"][1]
    assert len(result["zero_enclosures"]) == len(result["zeros"])
    assert result["undecided"] == []


def test_the_largest_error_is_enclosed() -> None:
    for row in run_json(*RANKING)["rows"]:
        error = row["max_error"]
        assert error["proven"] is True
        lo, hi = error["enclosure"]
        assert lo <= error["value"] <= hi
        if row["name"] in WORST:
            assert holds([lo, hi], WORST[row["name"]])


def test_kinks_are_enclosed() -> None:
    result = run_json("kinks", "hard-mish")
    assert result["undecided"] == []
    for kink in result["kinks"]:
        assert kink["proven"] is True
        for part in ("x", "left", "right", "jump"):
            lo, hi = kink["enclosure"][part]
            assert lo <= kink[part] <= hi


def test_without_proofs_a_document_claims_none() -> None:
    for args in (RANKING, ("show", "hard-mish"), ("kinks", "hard-mish")):
        result = run_json(*args, "--no-prove")
        flags = list(proven_flags(result))
        assert flags
        assert not any(flags)
        assert result.get("undecided") is None
        assert result.get("zero_enclosures") is None


def test_no_proofs_means_no_import_of_the_prover() -> None:
    code = (
        "import sys; from actx.cli import main\n"
        "main(['show', 'hard-mish', '--no-prove'])\n"
        "sys.exit('actx.analysis.prover' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0


# Tables


@pytest.mark.parametrize("name", LOWEST)
def test_all_printed_digits_are_right(name: str) -> None:
    x, y = LOWEST[name]
    done = run("show", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{right(y)} at x = {right(x)}" in done.stdout
    assert "Proven: all digits" in done.stdout
    assert "~" not in done.stdout


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_ranking_marks_nothing_where_all_is_proven(width: int) -> None:
    text = run(*RANKING, COLUMNS=str(width)).stdout
    assert all(len(line) <= width for line in text.splitlines())
    for name, value in WORST.items():
        assert f"{name} {right(value)}" in " ".join(text.split())
    assert "~" not in text
    assert "Proven: all digits." in " ".join(text.split())


def test_the_sheet_of_a_pair_proves_the_norms() -> None:
    text = run("compare", "hard-mish", "mish").stdout
    assert "max |e| 0.1595466 at x = -1.729748" in " ".join(text.split())
    assert "0.5705287" in text
    assert "Proven: all digits." in text
    assert "~" not in text


def test_without_time_the_norms_are_marked() -> None:
    text = run("compare", "x*sin(9x)", "mish", "--domain", "-9:9", "--budget", "1e-9").stdout
    assert "L1 ∫|e|dx ~" in " ".join(text.split())
    assert "~: computed, not proven" in text
    document = run_json("compare", "x*sin(9x)", "mish", "--domain", "-9:9", "--budget", "1e-9")
    assert document["rows"][0]["l1_enclosure"] is None


def test_nothing_is_marked_without_proofs() -> None:
    for args in (RANKING, ("compare", "elu", "mish"), ("show", "elu"), ("kinks", "elu")):
        text = run(*args, "--no-prove").stdout
        assert text
        assert "~" not in text
        assert "roven" not in text


def test_marks_stay_within_a_terminal() -> None:
    text = run_on_terminal(80, *RANKING, "--budget", "1e-9", NO_COLOR="1")
    assert max(map(len, text.splitlines())) <= 80
    assert "~" in text


# prove


@pytest.mark.parametrize(
    "statement",
    [
        "max|hard_mish(x) - mish(x)| < 0.16",
        "min(swish) > -0.2785",
        "max(relu6) <= 6",
        "relu6(x) <= relu(x)",
        "approx_mish is C1",
        "-x*x <= 0",
    ],
)
def test_what_is_true_is_proven(statement: str) -> None:
    done = run("prove", statement)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("proven: ")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "max|hard_mish(x) - mish(x)| < 0.15",
        "min(swish) > -0.278",
        "max(relu6) < 6",
        "relu(x) <= relu6(x)",
        "approx_mish is C2",
    ],
)
def test_what_is_false_is_disproven_with_a_witness(statement: str) -> None:
    done = run("prove", statement)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("disproven: at x = ")


def test_a_witness_can_be_checked() -> None:
    document = verdict_of(1, "relu(x) <= relu6(x)")
    assert document["witness"] > 6
    short = run("prove", "relu(x) <= relu6(x)").stdout.split(",")[0]
    assert float(short.removeprefix("disproven: at x = ")) == document["witness"]


def verdict_of(status: int, *args: str) -> Any:
    """The document of `actx prove`."""
    done = run("prove", *args, "--json")
    assert (done.returncode, done.stderr) == (status, "")
    return json.loads(done.stdout)


def test_prove_json() -> None:
    statement = "max|swish - mish| < 0.2"
    document = verdict_of(0, statement)
    assert document["statement"] == statement
    assert document["answer"] == "proven"
    assert document["witness"] is None
    assert document["detail"]
    assert holds(document["enclosure"], WORST["swish"])


def test_undecided_has_a_status_of_its_own() -> None:
    code = (
        "import sys, actx\nfrom actx.cli import main\n"
        "from actx.analysis.results import Answer, Verdict\n"
        "actx.prove = lambda statement, **options: "
        "Verdict(statement, Answer.UNDECIDED, 'max F lies in [1, 2]', None, (1.0, 2.0))\n"
        "sys.exit(main(['prove', 'max(f) < 1.5']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (ExitStatus.UNDECIDED, "")
    assert done.stdout == "undecided: max F lies in [1, 2]\n"
    assert ExitStatus.UNDECIDED == 3


def test_domain_and_parameters_reach_the_statement() -> None:
    assert run("prove", "relu(x) <= relu6(x)", "--domain", "-5:5").returncode == 0
    assert run("prove", "max(a*tanh(x)) <= 1", "--set", "a=0.5").returncode == 0
    assert run("prove", "max(a*tanh(x)) <= 1", "--set", "a=2").returncode == 1


@pytest.mark.parametrize(
    ("args", "part"),
    [
        ([], "STATEMENT is missing"),
        (["mish"], "condition"),
        (["relu <= mish", "--domain", "3"], "LO:HI"),
        (["relu <= mish", "relu"], "one argument too many"),
        (["relu <= mich"], "mi"),
        (["max(a*x) < 1"], "a"),
        (["max(mish) < x"], "not a number"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_no_statement_is_wrong_usage(args: list[str], part: str) -> None:
    assert part in refused("prove", *args)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes close otherwise there")
def test_the_status_does_not_depend_on_a_reader() -> None:
    assert status_without_a_reader("prove", "max(relu6) < 6") == 1
