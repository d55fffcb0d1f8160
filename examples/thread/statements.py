"""What the thread says, statement by statement, and what actx finds.

Every verdict follows from numbers that are computed here; the quotes alone are given.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import actx
from actx.analysis.results import Comparison, ComparisonRow, Exploration, Kink
from actx.present.sheets.certainty import Certainty
from actx.present.sheets.exploration import derivative
from actx.present.sheets.wording import extremum

BUDGET = 60.0  # seconds; far more than any proof here takes, so that the numbers do not vary
HOLDS, PARTLY, FALSE, OPEN = "holds", "holds only so far", "does not hold", "not measured here"
COUNTED = PARTLY  # operations are counted here, time is not measured
SHOWN = Certainty(proofs=True)


@dataclass(frozen=True)
class Row:
    """A statement, what is found, and what that makes of it."""

    quote: str
    found: str
    verdict: str


# --- numbers as text --------------------------------------------------------------------------


def compare(*names: str, **options: object) -> Comparison:
    return actx.compare(*names, **{"budget": BUDGET, **options})


def against(name: str, target: str = "mish", **options: object) -> ComparisonRow:
    return compare(name, target, **options).rows[0]


def show(name: str) -> Exploration:
    return actx.show(name, budget=BUDGET)


def height(row: ComparisonRow) -> str:
    """The largest error."""
    top = row.max_error
    return SHOWN.number(top.value, top.enclosure, top.proven)


def size(row: ComparisonRow) -> str:
    """The largest error, with its place."""
    place = SHOWN.computed(row.max_error.x, 4)
    return f"{height(row)} at x = {place}" if row.max_error.value else height(row)


def jump(kink: Kink) -> str:
    enclosure = None if kink.enclosure is None else kink.enclosure.jump
    amount = SHOWN.number(kink.jump, enclosure, kink.proven, 4)
    return f"{derivative(kink.order)} jumps by {amount} at x = {SHOWN.place(kink)(kink.x)}"


def jumps(name: str) -> str:
    return "; ".join(map(jump, kinks(name))) or "no derivative up to order 3 jumps"


def kinks(name: str) -> tuple[Kink, ...]:
    return actx.kinks(name, budget=BUDGET).kinks


def kink_at(name: str, x: float) -> Kink:
    return next(kink for kink in kinks(name) if kink.x == x)


def minimum(name: str) -> str:
    return extremum(show(name).minimum, SHOWN)


def cost(name: str) -> float:
    counted = show(name).operations
    assert counted is not None
    return counted.cost


def rounds_to(value: float, said: str) -> bool:
    """Whether a number is the one said, to the digits that are said."""
    return f"{value:.{len(said.partition('.')[2])}f}" == said


def decide(right: bool, otherwise: str = FALSE) -> str:
    return HOLDS if right else otherwise


# --- hard-mish and its kin --------------------------------------------------------------------


def hard_swish() -> Row:
    row = against("hard-swish", "swish")
    return Row(
        "“they used an approximation for swish called hard-swish: x.Relu6(x+3)/6”",
        f"The largest error against swish is {size(row)}.",
        decide(row.max_error.value < 0.15),
    )


def hard_mish_is_good() -> Row:
    rows = compare("hard-mish", "hard-swish", "relu", "approx-mish", "mish").rows
    by_name = {row.name: row for row in rows}
    ours, others = by_name["hard-mish"], [by_name["hard-swish"], by_name["relu"]]
    share = ours.max_error.value / -show("mish").minimum.y
    nearer = all(ours.max_error.value < row.max_error.value for row in others)
    listed = " and ".join(f"{row.name} ({size(row)})" for row in others)
    return Row(
        "“x.Relu5(x+3)/5 also seems to be a good approximation for mish”",
        f"The largest error is {size(ours)}, {share:.0%} of the depth of Mish's dip. That is "
        f"nearer than {listed}; approx-mish stays within {size(by_name['approx-mish'])}.",
        PARTLY if nearer and share > 0.25 else decide(nearer),
    )


def yellow_curve() -> Row:
    kink = kink_at("hard-mish-4", 1)
    return Row(
        "“for the unnamed function curve (marked as yellow) …, I see a discontinuity at x = 1” "
        "(x.Relu4(x+3)/4)",
        f"It is one of the slope, not of the value: {jumps('hard-mish-4')}.",
        PARTLY if kink.order == 1 else decide(kink.order == 0),
    )


def relu_kept() -> Row:
    places = [kink.x for kink in kinks("hard-mish-4-relu")]
    return Row(
        "“have the effect on yellow line and keep the positive domain as ReLU?”",
        f"No kink is left for x > 0, but the one at 1 moves to 0: {jumps('hard-mish-4-relu')}.",
        decide(max(places) <= 0),
    )


def relu3_is_smooth() -> Row:
    worst = kink_at("hard-mish-3", -3)
    others = [kink_at(name, -3).jump for name in ("hard-mish", "hard-mish-4", "hard-swish")]
    return Row(
        "“the closest to those comments is x.Relu3(x+3)/3. It’s pretty smooth”",
        f"At 0 it is; at −3 its slope has the largest jump of the four: {jump(worst)}.",
        PARTLY if abs(worst.jump) > max(map(abs, others)) else HOLDS,
    )


def towards_minus_one() -> Row:
    family = ("hard-mish", "hard-mish-4", "hard-mish-3")
    low = [show(name).minimum for name in family]
    listed = ", ".join(f"{n}: {minimum(n)}" for n in family)
    further = [point.y for point in low]
    same_x = len({point.x for point in low}) == 1
    moved = "the place stays where it is" if same_x else "the place moves as well"
    return Row(
        "“… and goes further towards -1”, after “Can you shift the minima to -1?”",
        f"The lowest value does, {moved}: {listed}. A minimum at x = −1 is that of h-mish: "
        f"{minimum('h-mish')}.",
        decide(further == sorted(further, reverse=True) and further[-1] > -1),
    )


def others_jump() -> Row:
    clips = {"hard-mish-4": 1, "hard-mish": 2, "hard-swish": 3}
    found = {name: kink_at(name, x) for name, x in clips.items()}
    listed = "; ".join(f"{name}: {jump(kink)}" for name, kink in found.items())
    return Row(
        "“All of the other functions (including hard-swish) actually have a slight discontinuity "
        "where the Relu part is equal to the divisor.”",
        f"The slope has, the value has none. {listed}.",
        decide(all(kink.order == 1 for kink in found.values())),
    )


def relu3_at_zero() -> Row:
    kink = kink_at("hard-mish-3", 0)
    return Row(
        "“The equivalent problem area is x=0 for the Relu3 function, but it doesn’t seem to have a "
        "discontinuity.”",
        f"Value and slope have none; the curvature has: {jump(kink)}.",
        PARTLY if kink.order >= 2 else FALSE,
    )


# --- swish, approx-mish, linear-swish ---------------------------------------------------------


def swish_is_cheaper() -> Row:
    a, b = cost("swish"), cost("mish")
    return Row(
        "“SWISH should be more efficient to compute than MISH”",
        f"Counted, swish costs {a:g} additions' worth and Mish {b:g}. `actx bench` measures it.",
        COUNTED if a < b else FALSE,
    )


def follows_closely() -> Row:
    ranked = actx.compare("mish", all=True, budget=None).rows
    nearest = next(row.name for row in ranked if row.max_error.value > 0)
    return Row(
        "“this piecewise function based on SWISH which follows MISH closely” (approx-mish)",
        f"The largest error is {size(against('approx-mish'))}; of the registry's formulas that are "
        f"not Mish itself, {nearest} is the nearest.",
        decide(nearest == "approx-mish", PARTLY),
    )


def aptx_is_swish() -> Row:
    row = against("aptx", "swish(x, 2)")
    return Row(
        "“Their proposed APTx function … turns out to be just SWISH with β = 2, it’s not a "
        "distinct function”",
        f"The largest difference is {size(row)}: proven to be one function.",
        decide(row.max_error.proven and row.max_error.value == 0),
    )


def not_close_below_zero() -> Row:
    left, right = (against("swish(x, 2)", domain=half) for half in ("-inf:0", "0:inf"))
    depth = -show("mish").minimum.y
    return Row(
        "“and it’s not very close to MISH for negative x”",
        f"For x ≤ 0 it is off by {size(left)}, {left.max_error.value / depth:.0%} of the depth of "
        f"Mish's dip; for x ≥ 0 by {size(right)}.",
        decide(left.max_error.value > 4 * right.max_error.value),
    )


def hard_mish_is_better() -> Row:
    a, b = against("hard-mish"), against("aptx")
    nearer = a.max_error.value < b.max_error.value and a.gauss_error < b.gauss_error
    return Row(
        "“The Cuda MISH or hard MISH would likely be a better option.”",
        f"Hard-mish is off by {size(a)}, APTx by {size(b)}; with x from N(0,1) their errors are "
        f"{SHOWN.computed(a.gauss_error, 4)} and {SHOWN.computed(b.gauss_error, 4)}. Hard-mish has "
        "kinks, APTx none, and the speed of CUDA Mish is not measured here.",
        PARTLY if nearer else FALSE,
    )


def lerping() -> Row:
    morph = actx.morph("mish", "hard-mish", steps=4, budget=BUDGET)
    half = next(blend for blend in morph.blends if blend.t == 0.5)
    errors = [half.from_error, half.to_error]
    a, b = (SHOWN.number(e.value, e.enclosure, e.proven) for e in errors)
    return Row(
        "“running some epochs while gradually lerping from the old to the new activation function”",
        "The blend is off by t of the difference from the old one and by 1−t from the new one: "
        f"half way {a} and {b}. Its kinks are there from the first t on: {jumps_of(half.kinks)}. "
        "(`actx morph mish hard-mish -o morph.gif`; `actx finetune` trains.)",
        decide(errors[0].value == errors[1].value and all(e.proven for e in errors)),
    )


def jumps_of(found: tuple[Kink, ...]) -> str:
    return "; ".join(map(jump, found))


def linear_swish_is_close() -> Row:
    row, other = against("linear-swish"), against("approx-mish")
    linear = against("linear-swish", "x", domain="0:inf")
    return Row(
        "“The following one is quite close to MISH, but linear for positive x” (linear-swish)",
        f"Off by {size(row)}, where approx-mish is off by {size(other)}. For x ≥ 0 its difference "
        f"from x is {size(linear)}.",
        PARTLY if row.max_error.value > 2 * other.max_error.value else HOLDS,
    )


def gradient_at_origin() -> Row:
    (kink,) = kinks("linear-swish")
    slope = float(actx.formula("linear-swish").derivative()(0.0))
    return Row(
        "“The gradient at the origin is 1, but not smooth there.”",
        f"The slope at 0 is {slope:g} from both sides; the curvature is not continuous: "
        f"{jump(kink)}.",
        decide(slope == 1 and kink.x == 0 and kink.order == 2 and kink.proven),
    )


def minima() -> Iterator[Row]:
    said = {"linear-swish": ("-1.023", "-0.446"), "mish": ("-1.192", "-0.309")}
    low = {name: show(name).minimum for name in said}
    for name, (x, y) in said.items():
        point = low[name]
        yield Row(
            f"“minimum near ({x}, {y})” ({name})",
            f"{minimum(name)}.",
            decide(rounds_to(float(point.x), x) and rounds_to(point.y, y) and point.proven),
        )
    ours, theirs = low.values()
    yield Row(
        "“south east of MISH’s minimum”",
        "Further to the right and lower, by the two rows above.",
        decide(ours.x > theirs.x and ours.y < theirs.y),
    )


# --- APTx -------------------------------------------------------------------------------------


def equivalences() -> Iterator[Row]:
    for beta, twice in (("0.5", "1"), ("1", "2")):
        row = against(f"aptx(x, 1, {beta}, 0.5)", f"swish(x, {twice})")
        yield Row(
            f"“APTx with α=1, β={beta}, γ=0.5 exactly replicates SWISH(x, {twice}).”",
            f"The largest difference is {size(row)}: proven to be one function.",
            decide(row.max_error.proven and row.max_error.value == 0),
        )
    for half, beta, domain in (("negative", "0.5", "-inf:0"), ("positive", "1", "0:inf")):
        here = against(f"aptx(x, 1, {beta}, 0.5)", domain=domain)
        all_over = against(f"aptx(x, 1, {beta}, 0.5)")
        yield Row(
            f"“APTx closely approximates the {half} domain of MISH with α=1, β={beta}, and γ=0.5.”",
            f"There the largest error is {size(here)}; on the other half it is {size(all_over)}.",
            decide(here.max_error.value < all_over.max_error.value / 4),
        )


def limit() -> Iterator[Row]:
    betas = ("1", "10", "100", "1e6")
    rows = {  # no proof is found for the last one, however long it is looked for
        beta: against(f"aptx(x, 1, {beta}, 0.5)", "relu", budget=1 if beta == "1e6" else BUDGET)
        for beta in betas
    }
    listed = "; ".join(f"β = {beta}: {height(row)}" for beta, row in rows.items())
    products = [float(beta) * row.max_error.value for beta, row in rows.items()]
    alike = max(products) - min(products) < 1e-9
    yield Row(
        "“the approximation improving as β increases and converging to ReLU in the limit β → ∞”",
        f"The largest error against ReLU is {products[0]:.6f}/β, since x·sigmoid(2βx) is one curve "
        f"at different scales: {listed}.",
        decide(alike),
    )
    yield Row(
        "“β≈10⁶ … already produces a close approximation of ReLU”",
        f"The largest error is {height(rows['1e6'])}.",
        decide(rows["1e6"].max_error.value < 1e-6),
    )


def overhead() -> Row:
    a, b, c = cost("aptx"), cost("mish"), cost("swish(x, 2)")
    smooth = show("aptx").smoothness == show("mish").smoothness
    return Row(
        "“APTx offers similar smoothness … benefits as MISH but with lower computational "
        "overhead.”",
        f"Both are {show('mish').smoothness}. Counted, APTx costs {a:g} and Mish {b:g}; written as "
        f"swish(x, 2), the same function costs {c:g}.",
        COUNTED if smooth and a < b else FALSE,
    )


# --- speed ------------------------------------------------------------------------------------


def cuda() -> Iterator[Row]:
    yield Row(
        "“The performance of Cuda MISH is only 20% slower than ReLU”",
        "`actx bench --backend torch` on a CUDA machine measures it. As published by mish-cuda "
        "(RTX 2070, float32), not by actx: forward 283 µs against ReLU's 234 µs (1.21 ×), backward "
        "496 µs against 419 µs (1.18 ×).",
        OPEN,
    )
    yield Row(
        "“Even though Mish might be 20% slower per epoch, it ideally in most cases converges "
        "earlier than ReLU with mostly better performance.”",
        "A statement on training, not on the formulas: `actx finetune --from mish --to relu` "
        "trains with both and multiplies epochs by time.",
        OPEN,
    )


def relu_on_a_cpu() -> Row:
    a, b = cost("relu"), cost("mish")
    return Row(
        "“perhaps it would be cheaper to use ReLU if running inference on a CPU or a weaker GPU”",
        f"Counted, ReLU costs {a:g} and Mish {b:g}. What a machine makes of it, `actx bench` says.",
        COUNTED if a < b else FALSE,
    )


CHECKS: tuple[Callable[[], Row | Iterator[Row]], ...] = (
    hard_swish, hard_mish_is_good, yellow_curve, relu_kept, relu3_is_smooth, towards_minus_one,
    others_jump, relu3_at_zero, swish_is_cheaper, follows_closely, aptx_is_swish,
    not_close_below_zero, hard_mish_is_better, lerping, cuda, relu_on_a_cpu, linear_swish_is_close,
    gradient_at_origin, minima, overhead, equivalences, limit,
)  # fmt: skip


def rows() -> Iterator[Row]:
    """All statements, checked."""
    for check in CHECKS:
        made = check()
        yield from (made,) if isinstance(made, Row) else made
