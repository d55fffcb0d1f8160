"""Templates drawn at random."""

from __future__ import annotations

import random

LEAVES = ["x", "a*x", "(x - b)", "(a*x + b)", "b", "(x/2 + a)", "(x + 1)", "0.5"]


ONE = ["tanh({})", "sigmoid({})", "relu({})", "abs({})", "exp(-({})^2)", "softplus({})", "atan({})",
       "clip({}, -1, 1)", "({})^2", "sqrt(1 + ({})^2)", "erf({})", "sin({})", "1/(1 + ({})^2)",
       "sign({})", "2^({})", "clip({}, 0, b)/b", "(1 + abs({})^a)^(-1/a)", "min({}, b)/b",
]  # fmt: skip


TWO = ["({} + {})", "({} - {})", "{}*{}", "min({}, {})", "max({}, {})", "({} if x > 0 else {})",
       "({} if x < b else {})", "{}/(1 + abs({}))", "x*{} + {}"]  # fmt: skip


def random_template(chance: random.Random, depth: int) -> str:
    """A formula of x, a and b."""
    kind = chance.random()
    if depth == 0 or kind < 0.15:
        return chance.choice(LEAVES)
    if kind < 0.6:
        return chance.choice(ONE).format(random_template(chance, depth - 1))
    inner = (random_template(chance, depth - 1) for _ in "12")
    return chance.choice(TWO).format(*inner)
