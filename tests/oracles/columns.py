"""Functions to build linear templates of, and targets, in NumPy."""

from __future__ import annotations

COLUMNS = [
    "1", "x", "x^2", "x^3", "x^5", "abs(x)", "max(x, 0)", "max(x-1, 0)", "abs(x+1/2)", "tanh(x)",
    "exp(-(x-1)^2)", "x*sigmoid(x)", "1/(1+x^2)", "x/(1+x^2)", "atan(x)", "(x if x < 0 else x^2)",
]  # fmt: skip


TARGETS = [
    "mish", "swish", "gelu", "tanh", "sigmoid", "softplus", "exp(-abs(x))", "elu", "hard-swish",
    "sin(x)", "relu",
]  # fmt: skip
