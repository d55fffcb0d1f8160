"""The stand-ins for Mish that the forum thread looked for, and how near its own come to them.

python examples/best_mish.py
"""

from __future__ import annotations

import actx

MISH = actx.show("mish", budget=None).minimum

# What the thread proposes, beside the best of the same kind.
CLIPPED = ("hard-swish", "hard-mish", "hard-mish-4", "hard-mish-3")
SWISHES = ("swish", "x*sigmoid(2*x)", "approx-mish")
LINEAR = ("hard-mish-3", "hard-mish-4-relu", "linear-swish")

# Each is the identity for x >= 0; on x <= 0 it begins with slope 1 at 0, so that the two join C1.
NEGATIVE_PARTS = (
    "2*x*sigmoid(b*x)",
    "x*exp(b*x)",
    "x/(1 + x*(b*x - a))",
    "x*(1 + x*(a + b*x))*exp(c*x)",
    "x/(1 + x*(x*(b + c*x) - a))",
)


def main() -> None:
    """Print the answers."""
    print(f"Mish has its minimum {MISH.y:.6f} at x = {place(MISH):.6f}.")
    compared("Clipped quadratics", CLIPPED)
    fitted("x*clip(x + c, 0, k)/k")
    fitted("x*clip(b*x + c, 0, 1)^2", init={"b": 0.2, "c": 0.7})
    compared("Like swish", SWISHES)
    fitted("x*sigmoid(b*x)")
    fitted("x*sigmoid(b*x + c)")
    fitted("x*sigmoid(b*x + d*abs(x) + c)")
    compared("Linear for x >= 0", LINEAR)
    least = actx.compare("relu", "mish", domain=(0, float("inf"))).rows[0].max_error
    print(f"  whatever is x for x >= 0       {least.value:.6f}, at x = {least.x:.3f}, at least")
    for part in NEGATIVE_PARTS:
        linear(part)


def place(minimum: object) -> float:
    """Where a minimum lies that is no plateau."""
    x = getattr(minimum, "x", None)
    assert isinstance(x, float)
    return x


def compared(heading: str, names: tuple[str, ...]) -> None:
    """The thread's own."""
    print(f"\n{heading}: largest error")
    for row in actx.compare(*names, "mish", budget=None).rows:
        print(
            f"  {row.name:30} {row.max_error.value:.6f}; minimum {row.minimum.y:.4f} "
            f"at x = {place(row.minimum):.4f}, {row.smoothness}"
        )


def fitted(template: str, **options: dict[str, float]) -> None:
    """The best of a kind."""
    fit = actx.fit(template, budget=0.5, **options)  # type: ignore[arg-type]
    values = ", ".join(f"{name} = {value:.6g}" for name, value in fit.parameters.items())
    print(f"  best {template:25} {fit.max_error.value:.6f} with {values}")


def linear(part: str) -> None:
    """The best on x <= 0 with its minimum where Mish has it, continued by x."""
    if len(actx.formula(part).parameters) > 1:
        require = [f"min at {MISH.x}", f"min value {MISH.y}"]
    else:
        require = [f"min at {MISH.x}"]
    fit = actx.fit(part, domain="-inf:0", require=require, budget=0.5)
    whole = f"{fit.formula} if x <= 0 else x"
    row = actx.compare(whole, "mish", budget=None).rows[0]
    values = ", ".join(f"{name} = {value:.6g}" for name, value in fit.parameters.items())
    print(f"  {part}")
    print(
        f"    {fit.max_error.value:.6f} on x <= 0, {row.max_error.value:.6f} on the whole line; "
        f"minimum {row.minimum.y:.4f} at x = {place(row.minimum):.4f}, {row.smoothness}"
    )
    print(f"    with {values}")


if __name__ == "__main__":
    main()
