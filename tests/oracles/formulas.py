"""Random formulas of the language as text, for tests by hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

NUMBERS = st.sampled_from(
    ["1", "2", "3", "0.5", "1.5", "0.1", "1.25", "1.702", "1/3", "4", "pi", "e", "0.044715", "10"]
)
_LEAVES = st.one_of(
    st.just("x"),
    st.just("x"),
    st.builds("({}*x)".format, NUMBERS),
    st.builds("(x + {})".format, NUMBERS),
    st.builds("(x - {})".format, NUMBERS),
    NUMBERS,
)
# registry names are functions here as well
_SMOOTH = st.sampled_from(
    ["tanh", "sigmoid", "softplus", "atan", "erf", "sin", "cos", "expm1", "sqrt(1 + {}^2)", "exp",
     "exp(-({})^2)", "1/(1 + ({})^2)", "log1p(exp({}))", "sech", "erfc", "cosh(tanh({}))",
     "({})^2", "({})^3", "-({})", "log(1 + ({})^2)", "sinh(tanh({}))", "mish", "swish", "gelu"]
)  # fmt: skip
_PIECEWISE = st.sampled_from(
    ["relu", "abs", "Relu6", "Relu3", "sign", "clip({}, -1, 1)", "clip({}, 0, 3)", "min({}, 1)",
     "max({}, 0.1*x)", "max({}, -0.5)", "hard_mish", "leaky_relu", "hard_swish"]
)  # fmt: skip


def _applied(function: str, argument: str) -> str:
    return function.format(argument) if "{}" in function else f"{function}({argument})"


_PAIRS = st.sampled_from(
    ["({} + {})", "({} - {})", "({}*{})", "({}*{})", "({}/(1 + ({})^2))", "x*tanh({})*sigmoid({})"]
)
_PIECED_PAIRS = st.sampled_from(
    ["min({}, {})", "max({}, {})", "({} if x > 0 else {})", "({} if x <= 1 else {})",
     "where(x < -0.5, {}, {})", "({} if x >= 1/3 else {})", "({} if x == 1 else {})",
     "({} if x < 2 and x >= 0 else {})"]
)  # fmt: skip


def smooth(leaves: int = 4) -> st.SearchStrategy[str]:
    """Formulas without breakpoints."""
    return st.recursive(
        _LEAVES,
        lambda inner: st.one_of(
            st.builds(_applied, _SMOOTH, inner),
            st.builds(lambda form, a, b: form.format(a, b), _PAIRS, inner, inner),
        ),
        max_leaves=leaves,
    )


def any_formula(leaves: int = 4) -> st.SearchStrategy[str]:
    """Formulas with and without pieces."""
    return st.recursive(
        _LEAVES,
        lambda inner: st.one_of(
            st.builds(_applied, st.one_of(_SMOOTH, _PIECEWISE), inner),
            st.builds(
                lambda form, a, b: form.format(a, b), st.one_of(_PAIRS, _PIECED_PAIRS), inner, inner
            ),
        ),
        max_leaves=leaves,
    )
