"""Reports: numbers, tables that fit, and the JSON contract, on results made by hand."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from actx.analysis.results import (
    Answer,
    Comparison,
    ComparisonRow,
    Enclosure,
    Exploration,
    Extremum,
    Kind,
    Kink,
    KinkEnclosure,
    KinkReport,
    MaxError,
    MaxSlopeError,
    Size,
    Tail,
    Tails,
    Undecided,
    Verdict,
)
from actx.core.numbers import align, at, domain, interval, number, outward, place, shared_digits
from actx.fitting.results import Alternation, Fit, FitVariant
from actx.present.json import document, formulas, plain
from actx.present.progress import ProgressBar
from actx.present.sheets.certainty import Certainty, closed, doubts
from actx.present.sheets.listing import listing
from actx.present.sheets.tables import sheet
from actx.present.sheets.wording import extremum, line, tail, verdict

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


def sizes(l1: float, l2: float, gauss: float) -> dict[str, Size]:
    """Integral norms of which nothing is proven."""
    return {"l1": Size(l1), "l2": Size(l2), "gauss": Size(gauss)}


def row(name: str, formula: str, signed: float, x: float, **more: Any) -> ComparisonRow:
    """A candidate with made-up errors."""
    return ComparisonRow(
        max_error=MaxError(abs(signed), x, signed),
        norms=sizes(1.23456789, 0.123456789, 0.0123456789),
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
    "norms": sizes(0.1712345678, 0.10112233, 0.0456789),
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


def about(value: float) -> tuple[float, float]:
    """An enclosure as narrow as one of floats is: exact where the decimal is a float."""
    if Fraction(repr(value)) == Fraction(value):
        return value, value
    return value, math.nextafter(value, math.inf)


# The same with proofs: one complete, one with doubts.
PROVEN_KINK = replace(
    KINKS[1],
    enclosure=KinkEnclosure((2.0, 2.0), about(1.4), (1.0, 1.0), about(-0.4)),
    proven=True,
)
PROVEN_LOWEST = replace(LOWEST, enclosure=Enclosure(about(-1.5), about(-0.45)), proven=True)
PROVEN = replace(
    EXPLORATION,
    minimum=PROVEN_LOWEST,
    maximum=replace(UNBOUNDED, enclosure=Enclosure((INF, INF), (INF, INF)), proven=True),
    minima=(PROVEN_LOWEST,),
    maxima=(
        replace(EXPLORATION.maxima[0], enclosure=Enclosure((-INF, -3.0), (0.0, 0.0)), proven=True),
    ),
    kinks=(PROVEN_KINK,),
    zero_enclosures=((-INF, -3.0), (0.0, 0.0)),
    notes=(),
)
DOUBTFUL = replace(
    PROVEN,
    minimum=replace(LOWEST, enclosure=Enclosure((-1.6, -1.4), (-0.46, -0.44))),
    kinks=(KINKS[0], PROVEN_KINK),
    zero_enclosures=((-INF, -3.0), None),
    undecided=(
        Undecided("extrema", (-INF, -40.0)),
        Undecided("extrema", (1.0, 2.0)),
        Undecided("kinks", (-3.0, -3.0)),
    ),
)
SURE = MaxError(
    0.15954660514179578, -1.7297476910774, -0.15954660514179578, about(0.15954660514179578), True
)
UNSURE = replace(SURE, enclosure=(0.1, 0.2), proven=False)
PROVEN_ROW = replace(HARD, max_error=SURE, minimum=PROVEN_LOWEST, kinks=(PROVEN_KINK,))
PROVEN_ONE = replace(ONE, rows=(PROVEN_ROW,))
PROVEN_MANY = replace(
    MANY, rows=(PROVEN_ROW, replace(HARD, name="doubtful", max_error=UNSURE), *MANY.rows[2:])
)
WITH_PROOFS = [
    PROVEN,
    DOUBTFUL,
    PROVEN_ONE,
    PROVEN_MANY,
    replace(REPORT, kinks=(PROVEN_KINK,)),
    replace(REPORT, undecided=DOUBTFUL.undecided[2:]),
    SMOOTH,
]


def render(result: Any, width: int, terminal: bool = True, proofs: bool = False) -> str:
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
        for part in sheet(replace(result, budget=2.0 if proofs else None)):
            console.print(part)
    return capture.get()


def flat(result: object, width: int = 80, proofs: bool = True) -> str:
    """The text form with its line breaks and columns undone."""
    return " ".join(render(result, width, proofs=proofs).split())


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


ENCLOSURES = st.tuples(
    st.floats(-1e6, 1e6), st.floats(0.0, 1.0), st.integers(-20, 3), st.floats(0.0, 1.0)
)


@given(ENCLOSURES, st.integers(1, 9))
def test_shared_digits_are_right_for_every_number_within(
    drawn: tuple[float, float, int, float], digits: int
) -> None:
    lo, size, exponent, part = drawn
    hi = lo + size * 10.0**exponent
    text = shared_digits((lo, hi), digits)
    inside = Decimal(lo) + (Decimal(hi) - Decimal(lo)) * Decimal(part)
    if text is None:
        assert number(lo, 1) != number(hi, 1)
    elif "±" in text:
        assert lo <= 0 <= hi
        assert abs(inside) <= Decimal(text.partition("±")[2])
    else:
        shown = len(Decimal(text).as_tuple().digits) if float(text) else 1
        rounding = Context(prec=digits, rounding=ROUND_HALF_EVEN)
        fewer = Context(prec=min(digits, shown), rounding=ROUND_HALF_EVEN)
        right = {rounding.create_decimal(inside), fewer.create_decimal(inside)}
        assert Decimal(text) in right


@pytest.mark.parametrize(
    ("enclosure", "text"),
    [
        ((0.15954660514179578, 0.1595466051417958), "0.1595466"),
        ((-0.45000000000000001, -0.44999999999999996), "-0.45"),
        ((0.99999997545, 0.99999997546), "1.000000"),
        ((0.9999999754512345, 0.9999999754512345), "1.000000"),
        ((1.0, 1.0), "1"),
        ((math.nextafter(1, 0), 1.0), "1.000000"),
        ((0.45, 0.45), "0.45"),
        ((0.45, 0.4500000000000003), "0.4500000"),
        ((0.25, 0.25), "0.25"),
        ((0.2500000000001, 0.2500000000002), "0.2500000"),
        ((1e22, 1e22), "1e+22"),
        ((0.1595, 0.1596), "0.160"),
        ((0.14999994, 0.15000004), "0.150000"),
        ((123.2, 123.4), "123"),
        ((1.96e-10, 2.04e-10), "2.0e-10"),
        ((1.6e-10, 2.4e-10), "2e-10"),
        ((0.0, 0.0), "0"),
        ((-1.2e-17, 2.3e-17), "0±3e-17"),
        ((0.0, 1.5e-9), "0±2e-09"),
        ((INF, INF), "∞"),
        ((1e300, INF), None),
        ((1.0, 2.0), None),
    ],
)
def test_as_many_digits_as_an_enclosure_proves(
    enclosure: tuple[float, float], text: str | None
) -> None:
    assert shared_digits(enclosure) == text


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False), st.integers(1, 9))
def test_ends_are_rounded_outwards(value: float, digits: int) -> None:
    lo, hi = (Decimal(text.replace("∞", "Infinity")) for text in outward((value, value), digits))
    assert lo <= Decimal(value) <= hi


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


# Tables with proofs


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("result", WITH_PROOFS, ids=lambda result: type(result).__name__)
def test_a_table_with_marks_fits_its_width(result: object, width: int) -> None:
    lines = render(result, width, proofs=True).splitlines()
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("result", [*RESULTS, *WITH_PROOFS])
def test_nothing_is_marked_where_no_proofs_were_asked_for(result: object) -> None:
    text = flat(result, proofs=False)
    assert "~" not in text
    assert "roven:" not in text


def test_a_sheet_that_is_proven_says_so_and_has_no_mark() -> None:
    text = flat(PROVEN)
    assert "Proven: all digits, and that these are all extrema, zeros and kinks." in text
    assert "The tails are computed." in text
    assert "~" not in text
    assert "The tails" not in flat(replace(PROVEN, tails=Tails(None, None)))
    assert "no other derivative up to order 3 jumps" in flat(replace(REPORT, kinks=(PROVEN_KINK,)))
    assert "No derivative up to order 3 jumps: proven." in flat(SMOOTH)


def test_what_is_not_proven_is_marked_and_explained() -> None:
    text = flat(DOUBTFUL)
    assert "minimum ~-0.45 at x = ~-1.5, enclosed so far in [-0.4600001, -0.44]" in text
    assert "x = ~0" in text
    assert "smoothness ~C0, 2 kinks" in text
    assert "~-3 1 f' ~0 ~-0.6 ~-0.6" in text
    assert "2 1 f' 1.4 1 -0.4" in text
    assert "~: computed, not proven; all other digits are proven." in text
    assert "no other extremum lies in (-∞, -40] or [1, 2]." in text
    assert "which derivatives jump at x = -3." in text
    assert "these are all" not in text


def test_an_empty_list_of_kinks_with_doubts_claims_nothing() -> None:
    text = flat(replace(SMOOTH, undecided=(Undecided("kinks", (1.0, 1.0)),)))
    assert "~C∞" in text
    assert "No derivative up to order 3 was seen to jump." in text
    assert "jumps" not in text


def test_smoothness_beyond_the_listed_kinks_is_proven_unless_it_is_in_doubt() -> None:
    assert "~C4" not in flat(replace(SMOOTH, smoothness="C4"))
    doubt = (Undecided("smoothness", (1.0, 1.0)),)
    text = flat(replace(SMOOTH, smoothness="C4", undecided=doubt))
    assert "~C4" in text
    assert "how smooth it is at x = 1" in text


def test_norms_are_marked_one_by_one_in_a_sheet() -> None:
    text = flat(PROVEN_ONE)
    assert "max |e| 0.1595466 at x = ~-1.729748, hard-mish below mish" in text
    for part in ("~1.234568", "~0.1234568", "~0.01234568", "~0.6543211 at x = ~-1.123457"):
        assert part in text
    assert "minimum -0.45 at x = -1.5" in text


def test_norms_are_marked_one_by_one_in_a_ranking() -> None:
    text = flat(PROVEN_MANY, 160)
    assert "max |e| at x L1 L2 Gauss smooth max |e'| at x minimum at x" in text
    assert " 0.1595466 ~-1.729748 ~1.23457 " in text
    assert " ~0.1595466 " in text
    assert text.count("~: computed, not proven") == 1


def test_proven_norms_and_places_have_no_mark() -> None:
    proven = replace(
        PROVEN_ROW,
        max_error=replace(SURE, x_enclosure=about(-1.7297476910774)),
        norms={
            "l1": Size(1.23456789, about(1.23456789)),
            "l2": Size(0.123456789, (0.123456, 0.123457)),
            "gauss": Size(0.0123456789, about(0.0123456789)),
        },
        max_slope_error=replace(
            HARD.max_slope_error,
            enclosure=about(0.65432109),
            x_enclosure=(-2.0, 2.0),
        ),
    )
    text = flat(replace(PROVEN_ONE, rows=(proven,)))
    assert "max |e| 0.1595466 at x = -1.729748, hard-mish below mish" in text
    assert "L1 ∫|e|dx 1.234568" in text
    assert "L2 √∫e²dx 0.12346 " in text, "only the digits that are proven"
    assert "Gauss √E e² 0.01234568" in text
    assert "max |e'| 0.6543211 at x = ~-1.123457" in text, "one of several places"


def test_a_wide_enclosure_is_shown_itself_and_no_enclosure_is_marked() -> None:
    certainty = Certainty(proofs=True)
    assert certainty.number(1.5, (1.0, 2.0), True) == "1..2"
    assert not certainty.marked
    assert certainty.number(1.5, None, True) == "~1.5"
    assert certainty.marked


def test_notes_on_doubts_are_short() -> None:
    many = [Undecided("zeros", (float(n), n + 0.5)) for n in range(9)]
    assert doubts(many) == [
        "It could not be proven that no other zero lies in [0, 0.5], [1, 1.5], [2, 2.5] or "
        "6 further places."
    ]
    assert closed((0.3, INF)) == "[0.2999999, ∞)"


@pytest.mark.parametrize(
    ("witness", "text"),
    [
        (0.1 + 0.2, "disproven: at x = 0.30000000000000004, why"),
        (-0.0, "disproven: at x = 0, why"),
        (-INF, "disproven: as x → -∞, why"),
        (math.nan, "disproven: why"),
        (None, "disproven: why"),
    ],
)
def test_a_witness_is_given_in_full(witness: float | None, text: str) -> None:
    assert verdict(Verdict("x < 0", Answer.DISPROVEN, "why", witness)) == text


def test_other_verdicts() -> None:
    assert verdict(Verdict("x < 0", Answer.PROVEN, "why")) == "proven: why"
    assert verdict(Verdict("x < 0", Answer.UNDECIDED, "why")) == "undecided: why"


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
    unproven = {"enclosure": None, "proven": False}
    alone = unproven | {"ties": [], "excluded": []}
    assert result["minimum"] == {"x": -1.5, "y": -0.45, "kind": "interior"} | alone
    assert result["maxima"] == [{"x": ["-inf", -3.0], "y": 0.0, "kind": "plateau"} | alone]
    assert result["zeros"] == [["-inf", -3.0], 0.0]
    assert result["zeros_excluded"] == [[], []]
    kink = {"x": -3.0, "order": 1, "left": 0.0, "right": -0.6, "jump": -0.6}
    assert result["kinks"][0] == kink | unproven
    assert result["tails"]["right"] == {"slope": 1.0, "intercept": 0.0, "growth": "x"}
    assert list(result)[:3] == ["name", "formula", "domain"]


def test_compare_follows_the_contract() -> None:
    result = json.loads(document(MANY))
    assert result["target"] == "mish"
    assert result["domain"] == [-5.0, "inf"]
    error = result["rows"][3]["max_error"]
    assert {key: error[key] for key in ("value", "x", "signed")} == dict.fromkeys(
        ("value", "x", "signed"), "inf"
    )
    needed = {"name", "formula", "max_error", "l1_error", "l2_error", "gauss_error"}
    needed |= {"max_slope_error", "minimum", "kinks", "smoothness"}
    assert all(needed <= set(item) for item in result["rows"])
    assert {"l1_enclosure", "l2_enclosure", "gauss_enclosure"} <= set(result["rows"][0])
    slope = result["rows"][0]["max_slope_error"]
    assert set(slope) == {"value", "x", "enclosure", "x_enclosure"}


def test_enclosures_follow_the_contract() -> None:
    result = json.loads(document(replace(PROVEN, budget=2.0)))
    assert result["minimum"]["enclosure"] == {"x": list(about(-1.5)), "y": list(about(-0.45))}
    assert result["minimum"]["proven"] is True
    assert result["kinks"][0]["enclosure"]["jump"] == list(about(-0.4))
    assert result["zero_enclosures"] == [["-inf", -3.0], [0.0, 0.0]]
    assert result["undecided"] == []
    error = json.loads(document(replace(PROVEN_ONE, budget=2.0)))["rows"][0]["max_error"]
    assert error["enclosure"] == list(about(0.15954660514179578))


def test_doubts_are_in_the_document() -> None:
    result = json.loads(document(replace(DOUBTFUL, budget=2.0)))
    assert result["zero_enclosures"][1] is None
    assert result["undecided"][0] == {"what": "extrema", "x": ["-inf", -40.0]}
    assert result["minimum"]["proven"] is False


def test_without_proofs_no_list_claims_to_be_complete() -> None:
    result = json.loads(document(EXPLORATION))
    assert result["zero_enclosures"] is None
    assert result["undecided"] is None
    assert json.loads(document(SMOOTH))["undecided"] is None


def test_fit_follows_the_contract() -> None:
    result = json.loads(document(FIT))
    needed = {"template", "target", "domain", "norm", "parameters", "objective", "max_error"}
    needed |= {"l1_error", "l2_error", "gauss_error", "alternation", "formula", "notes"}
    assert needed <= set(result)
    assert result["parameters"] == {"a": 1.6987654321234}
    assert result["alternation"][0] == {"x": -2.53, "error": 0.0731234567, "of": "value"}


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
