"""The questions of the forum thread on hard-mish, answered with numbers.

python examples/thread.py
"""

import math

import actx


def how_good_is_hard_mish() -> None:
    print("How good an approximation of mish is x·Relu5(x+3)/5?")
    for row in actx.compare("hard-swish", "hard-mish", "approx-mish", "mish").rows:
        worst, low = row.max_error, row.minimum
        print(
            f"  {row.name:12} off by at most {worst.value:.4f}, at x = {worst.x:.3f}; "
            f"minimum {low.y:.4f} at x = {low.x:.4f}"
        )


def where_are_the_kinks() -> None:
    print("Where does the slope of x·Reluk(x+3)/k jump?")
    for k in (3, 4, 5, 6):
        report = actx.kinks(f"x*Relu{k}(x+3)/{k}", max_order=2)
        jumps = (
            f"f{chr(39) * kink.order} by {kink.jump:+.3g} at x = {kink.x:g}"
            for kink in report.kinks
        )
        print(f"  k = {k}: {', '.join(jumps)}")


def best_constant_of_linear_swish() -> None:
    print("Is 1.25 the best constant in 2x·sigmoid(1.25x) for x <= 0, x for x >= 0?")
    for norm in ("max", "l2", "l1", "gauss"):
        fit = actx.fit("2x*sigmoid(a*x)", target="mish", norm=norm, domain="-inf:0")
        print(f"  {norm:5} norm: a = {fit.parameters['a']:.6f}, error {fit.objective:.5f}")


def what_is_aptx() -> None:
    print("APTx, (α + tanh(βx))·γx: is it swish, and does it tend to relu?")
    for beta in (0.5, 1):
        aptx, swish = f"aptx(x, 1, {beta}, 0.5)", f"swish(x, {2 * beta:g})"
        difference = actx.compare(aptx, swish).rows[0].max_error.value
        print(f"  {aptx} and {swish} differ by at most {difference:g}")
    for beta in (1, 10, 100):
        row = actx.compare("aptx", "relu", set={"beta": beta}).rows[0]
        print(f"  β = {beta:<3} at most {row.max_error.value:.6f} from relu")
    left, right = (
        actx.compare("swish(x, 1)", "swish(x, 2)", "mish", domain=half).rows
        for half in ((-math.inf, 0), (0, math.inf))
    )
    print(f"  for x <= 0 the nearer to mish is {left[0].name}, for x >= 0 {right[0].name}")


if __name__ == "__main__":
    how_good_is_hard_mish()
    where_are_the_kinks()
    best_constant_of_linear_swish()
    what_is_aptx()
