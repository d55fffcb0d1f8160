"""Reports: numbers, tables that fit, and the JSON contract, on results made by hand."""

from __future__ import annotations

import io
import json
import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from actx.analysis.results import (
    Alternation,
    Comparison,
    ComparisonRow,
    Exploration,
    Extremum,
    Fit,
    FitVariant,
    Kind,
    Kink,
    KinkReport,
    MaxError,
    MaxSlopeError,
    Tail,
    Tails,
)
from actx.report.json import document, formulas, plain
from actx.report.listing import listing
from actx.report.numbers import align, at, domain, interval, number, place
from actx.report.progress import ProgressBar
from actx.report.tables import sheet
from actx.report.wording import extremum, line, tail

INF = math.inf
WHOLE = (-INF, INF)
LONG = (
    "where(x < 0, x*tanh(log1p(sigmoid(x)))*(1 + erf(x/sqrt(2)))/2, lerp(mish(x), relu(x), 0.25)) "
    "if x <= 3.14159 else x^2 + 0.1*sin(3x)"
)
KINKS = (Kink(-3.0, 1, 0.0, -0.6, -0.6), Kink(2.0, 1, 1.4, 1.0, -0.3999999999999999))
LOWEST = Extremum(-1.5, -0.45, Kind.INTERIOR)
UNBOUNDED = Extremum(INF, INF, Kind.UNBOUNDED)

EXPLORATION = Exploration(
    name="hard-mish",
    formula="x*Relu5(x + 3)/5",
    domain=WHOLE,
    minimum=LOWEST,
    maximum=UNBOUNDED,
    minima=(LOWEST,),
    maxima=(Extremum((-INF, -3.0), 0.0, Kind.PLATEAU),),
    zeros=((-INF, -3.0), 0.0),
    kinks=KINKS,
    smoothness="C0",
    tails=Tails(Tail(0.0, 0.0, "0"), Tail(1.0, 0.0, "x")),
    notes=("A remark that is long enough to need more than one line of eighty columns.",),
)


def row(name: str, formula: str, signed: float, x: float, **more: Any) -> ComparisonRow:
    """A candidate with made-up errors."""
    return ComparisonRow(
        max_error=MaxError(abs(signed), x, signed),
        l1_error=1.23456789,
        l2_error=0.123456789,
        gauss_error=0.0123456789,
        name=name,
        formula=formula,
        max_slope_error=MaxSlopeError(0.65432109, -1.1234567),
        minimum=more.pop("minimum", LOWEST),
        kinks=more.pop("kinks", ()),
        smoothness=more.pop("smoothness", "C∞"),
        **more,
    )


HARD = row("hard-mish", "x*Relu5(x + 3)/5", -0.1595466051418, -1.72974769108, kinks=KINKS)
ONE = Comparison("mish", "x*tanh(softplus(x))", WHOLE, (HARD,))
MANY = Comparison(
    "mish",
    "x*tanh(softplus(x))",
    (-5.0, INF),
    (
        row("swish", "x*sigmoid(x)", -0.0184351143, 1.82080838702),
        HARD,
        row(LONG, LONG, 1234.56789012, INF, kinks=KINKS * 3, smoothness="discontinuous"),
        row("double", "2x", INF, INF, minimum=Extremum(-INF, -INF, Kind.UNBOUNDED)),
        row("flat", "0", 0.0, 0.0, minimum=Extremum(WHOLE, 0.0, Kind.PLATEAU), notes=("Flat.",)),
    ),
)
ERRORS: dict[str, Any] = {
    "max_error": MaxError(0.0731234567, -0.82, -0.0731234567),
    "l1_error": 0.1712345678,
    "l2_error": 0.10112233,
    "gauss_error": 0.0456789,
}
FIT = Fit(
    template="2x*sigmoid(a*x)",
    target="mish",
    domain=(-INF, 0.0),
    norm="max",
    parameters={"a": 1.6987654321234},
    objective=0.0731234567,
    alternation=(Alternation(-2.53, 0.0731234567), Alternation(-0.61, -0.0731234567)),
    formula="2x*sigmoid(1.6987654321234x)",
    variants=tuple(
        FitVariant(label=label, parameters={"a": 1.25}, **ERRORS)
        for label in ("l2", "l1", "gauss", "linear-swish (registry)")
    ),
    notes=("The fit is made on x ≤ 0.",),
    **ERRORS,
)
REPORT = KinkReport("hard-mish", WHOLE, 3, KINKS, "C0")
SMOOTH = KinkReport("mish", WHOLE, 3, (), "C∞")
RESULTS = [EXPLORATION, ONE, MANY, FIT, REPORT, SMOOTH]


def render(result: object, width: int, terminal: bool = True) -> str:
    """The text form at a width."""
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=terminal,
        color_system=None,
        markup=False,
        highlight=False,
    )
    with console.capture() as capture:
        for part in sheet(result):
            console.print(part)
    return capture.get()


# Numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1595466051418, "0.1595466"),
        (-1.19243121452, "-1.192431"),
        (-0.45, "-0.45"),
        (2.0, "2"),
        (-0.0, "0"),
        (INF, "∞"),
        (-INF, "-∞"),
        (math.nan, "—"),
        (1.2e-12, "1.2e-12"),
        (123456789.0, "1.234568e+08"),
    ],
)
def test_a_number_has_seven_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_all_digits_of_a_number_are_right(value: float) -> None:
    exact = Context(prec=7, rounding=ROUND_HALF_EVEN, Emax=10**6, Emin=-(10**6)).create_decimal(
        Decimal(value)
    )
    assert Decimal(number(value)) == exact


@given(st.lists(st.floats(), min_size=1))
def test_aligned_numbers_have_one_width_and_keep_their_text(values: list[float]) -> None:
    texts = [number(value) for value in values]
    cells = align(texts)
    assert len({len(cell) for cell in cells}) == 1
    assert [cell.strip() for cell in cells] == texts
    points = {cell.index(".") for cell in cells if "." in cell}
    assert len(points) <= 1


def test_words_for_places() -> None:
    assert interval((-INF, -3.0)) == "x ≤ -3"
    assert interval((0.0, INF)) == "x ≥ 0"
    assert interval((1.0, 2.0)) == "1 ≤ x ≤ 2"
    assert domain(WHOLE) == "the whole line"
    assert at(INF) == "as x → ∞"
    assert place(-INF) == "→ -∞"


@pytest.mark.parametrize(
    ("slope", "intercept", "text"),
    [(1.0, 0.0, "x"), (-1.0, -2.0, "-x - 2"), (0.9, 0.1, "0.9x + 0.1"), (0.0, 3.0, "3")],
)
def test_a_line_reads_as_people_write_it(slope: float, intercept: float, text: str) -> None:
    assert line(slope, intercept) == text


def test_tails_in_words() -> None:
    assert tail(Tail(1.0, 0.0, "x")) == "→ x"
    assert tail(Tail(INF, None, "x^2")) == "grows like x^2"
    assert tail(Tail(0.0, INF, "log(x)")) == "grows like log(x)"


def test_extrema_in_words() -> None:
    assert extremum(LOWEST) == "-0.45 at x = -1.5"
    assert extremum(UNBOUNDED) == "none: unbounded, → ∞ as x → ∞"
    assert "not attained" in extremum(Extremum(-INF, 0.0, Kind.LIMIT))
    assert extremum(Extremum((0.0, INF), 1.0, Kind.PLATEAU)).startswith("1 for x ≥ 0")


# Tables


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_a_table_fits_its_width(result: object, width: int) -> None:
    assert max(cell_len(text) for text in render(result, width).splitlines()) <= width


@pytest.mark.parametrize("width", [80, 120])
def test_no_number_is_cut_in_a_ranking(width: int) -> None:
    text = render(MANY, width)
    for part in ("0.01843511", "0.1595466", "1234.568", "1.23457", "0.123457", "0.0123457", "∞"):
        assert part in text
    assert all(line.count("…") <= 2 for line in text.splitlines())
    assert "".join(LONG.split()) in "".join(text.split()), "the long formula is given in full"


def test_a_wide_ranking_is_one_table() -> None:
    assert render(MANY, 160).count("candidate  ") == 1
    assert render(MANY, 80).count("candidate  ") > 1


def test_the_sheet_of_one_candidate_says_where_and_on_which_side() -> None:
    text = render(ONE, 80)
    assert "0.1595466" in text
    assert "at x = -1.729748, hard-mish below mish" in text
    assert "-0.45 at x = -1.5" in text


def test_a_fit_stands_beside_the_other_norms_and_the_registry() -> None:
    text = render(FIT, 80)
    for part in (
        "(this fit)",
        "l2",
        "gauss",
        "linear-swish",
        "1.698765432",
        "alternation",
        "note:",
    ):
        assert part in text


def test_kinks_name_the_derivative_that_jumps() -> None:
    assert "f'" in render(REPORT, 80)
    assert "No derivative up to order 3 jumps." in render(SMOOTH, 80)


def test_text_for_a_file_has_no_box_drawing() -> None:
    for result in RESULTS:
        assert "─" not in render(result, 80, terminal=False)


ENTRIES: list[Any] = [
    SimpleNamespace(
        name="swish",
        aliases=("silu",),
        formula="x*sigmoid(beta*x)",
        parameters={"beta": SimpleNamespace(default=1.0, lower=-INF, upper=INF)},
        source="somewhere",
        family="swish",
    ),
    SimpleNamespace(
        name="odd", aliases=(), formula=LONG, parameters={}, source="here", family="other"
    ),
]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_list_fits_and_gives_whole_formulas(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, color_system=None, markup=False)
    with console.capture() as capture:
        for part in listing(ENTRIES):
            console.print(part)
    lines = capture.get().splitlines()
    assert max(map(cell_len, lines)) <= width
    assert any("beta=1" in text for text in lines)
    assert "silu" in capture.get() or width < 120


# JSON


def test_infinities_are_strings_and_nan_is_null() -> None:
    assert plain((INF, -INF, math.nan, -0.0, 0.1)) == ["inf", "-inf", None, 0.0, 0.1]
    assert math.copysign(1.0, plain(-0.0)) == 1.0  # type: ignore[arg-type]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_full_precision(value: float) -> None:
    assert json.loads(document({"value": value}))["value"] == value


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError):
        plain(object())


def test_show_follows_the_contract() -> None:
    result = json.loads(document(EXPLORATION))
    assert result["domain"] == ["-inf", "inf"]
    assert result["minimum"] == {"x": -1.5, "y": -0.45, "kind": "interior"}
    assert result["maxima"] == [{"x": ["-inf", -3.0], "y": 0.0, "kind": "plateau"}]
    assert result["zeros"] == [["-inf", -3.0], 0.0]
    assert result["kinks"][0] == {"x": -3.0, "order": 1, "left": 0.0, "right": -0.6, "jump": -0.6}
    assert result["tails"]["right"] == {"slope": 1.0, "intercept": 0.0, "growth": "x"}
    assert list(result)[:3] == ["name", "formula", "domain"]


def test_compare_follows_the_contract() -> None:
    result = json.loads(document(MANY))
    assert result["target"] == "mish"
    assert result["domain"] == [-5.0, "inf"]
    assert result["rows"][3]["max_error"] == {"value": "inf", "x": "inf", "signed": "inf"}
    needed = {"name", "formula", "max_error", "l1_error", "l2_error", "gauss_error"}
    needed |= {"max_slope_error", "minimum", "kinks", "smoothness"}
    assert all(needed <= set(item) for item in result["rows"])
    assert set(result["rows"][0]["max_slope_error"]) == {"value", "x"}


def test_fit_follows_the_contract() -> None:
    result = json.loads(document(FIT))
    needed = {"template", "target", "domain", "norm", "parameters", "objective", "max_error"}
    needed |= {"l1_error", "l2_error", "gauss_error", "alternation", "formula", "notes"}
    assert needed <= set(result)
    assert result["parameters"] == {"a": 1.6987654321234}
    assert result["alternation"][0] == {"x": -2.53, "error": 0.0731234567}


def test_list_follows_the_contract() -> None:
    first = json.loads(document(formulas(ENTRIES)))["formulas"][0]
    assert first == {
        "name": "swish",
        "aliases": ["silu"],
        "formula": "x*sigmoid(beta*x)",
        "parameters": {"beta": 1.0},
        "source": "somewhere",
        "family": "swish",
    }


def test_a_name_that_is_no_unicode_text_still_makes_a_document() -> None:
    text = document({"name": "\udcff"})
    assert text.isascii()
    assert json.loads(text) == {"name": "\udcff"}


# Progress


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_silent_off_a_terminal_and_for_short_work() -> None:
    for stream, delay in ((io.StringIO(), 0.0), (Terminal(), 60.0)):
        with ProgressBar("working", stream, delay) as progress:
            progress(1, 2, "half")
        assert stream.getvalue() == ""


def test_progress_appears_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with ProgressBar("working", stream, 0.01) as progress:
        deadline = time.monotonic() + 10
        while "half" not in stream.getvalue() and time.monotonic() < deadline:
            progress(1, 2, "half")
            time.sleep(0.02)
    assert "half" in stream.getvalue()
