"""Formula text to tree: what is read, what is refused, and that nothing hostile gets through."""

from __future__ import annotations

import math
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import actx
from actx.core.errors import ActxError, FormulaError
from actx.language.library import Definition
from actx.language.syntax import parse
from actx.language.text import to_text
from actx.language.tree import Node


class Known:
    """Two formulas, one of them named like an operation with another number of arguments."""

    def __init__(self) -> None:
        self.formulas = {
            "swish": Definition("swish", parse("x*sigmoid(beta*x)"), {"beta": 1.0}),
            "softplus": Definition("softplus", parse("softplus(beta*x)/beta"), {"beta": 1.0}),
        }

    def lookup(self, name: str) -> Definition | None:
        return self.formulas.get(name)

    def names(self) -> list[str]:
        return list(self.formulas)


def read(text: str) -> Node:
    return parse(text, Known())


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("2x", "2*x"),
        ("2x*sigmoid(a*x)", "2*x*sigmoid(a*x)"),
        ("x.Relu5(x+3)/5", "x*clip(x+3, 0, 5)/5"),
        ("x·tanh(softplus(x))", "x*tanh(softplus(x))"),
        ("(α+tanh(βx))·γ·x", "(alpha+tanh(beta*x))*gamma*x"),
        ("αβx", "alpha*beta*x"),
        ("βx", "beta*x"),
        ("xβ", "x*beta"),
        ("2(x+1)", "2*(x+1)"),
        ("(x+1)(x-1)", "(x+1)*(x-1)"),
        ("x(x+1)", "x*(x+1)"),
        ("2pi*x", "2*pi*x"),
        ("x**2", "x^2"),
        ("x²", "x^2"),
        ("2x^2", "2*(x^2)"),
        ("-x^2", "-(x^2)"),
        ("x^-2", "x^(-2)"),
        ("2^3^2", "2^(3^2)"),
        ("x/2/4", "(x/2)/4"),
        ("x-1-2", "(x-1)-2"),
        ("1/2x", "(1/2)*x"),
        ("x/2x", "(x/2)*x"),
        ("e^x", "exp(x)"),
        ("E^X", "exp(x)"),
        ("RELU(X)", "relu(x)"),
        ("relu6(x)", "clip(x, 0, 6)"),
        ("Relu_6(x)", "clip(x, 0, 6)"),
        ("relu1.5(x)", "clip(x, 0, 1.5)"),
        (".5x", "0.5*x"),
        ("1e-3x", "0.001*x"),
        ("ln(x)", "log(x)"),
        ("arctan(x)", "atan(x)"),
        ("x·Φ(x)", "x*normcdf(x)"),
        ("φ(x)", "normpdf(x)"),
        ("φx", "phi*x"),
        ("sgn(x)", "sign(x)"),
        ("max(x, 1, -x)", "max(max(x, 1), -x)"),
        ("x if x ≤ 0 else 2x", "x if x <= 0 else 2*x"),
        ("where(x<0, 1, 2)", "1 if x < 0 else 2"),
        ("1 if x<0 else 2 if x<1 else 3", "1 if x<0 else (2 if x<1 else 3)"),
        ("1 if 0 < x < 1 else 2", "1 if 0 < x and x < 1 else 2"),
        ("1 if not x<0 and x<1 or x>5 else 2", "1 if ((not (x<0)) and x<1) or x>5 else 2"),
        ("lerp(x, 2x, 0.25)", "(1-0.25)*x + 0.25*(2*x)"),
        ("swish", "x*sigmoid(1*x)"),
        ("swish(2x)", "(2*x)*sigmoid(1*(2*x))"),
        ("swish(x, 2)", "x*sigmoid(2*x)"),
        ("softplus(x, 2)", "softplus(2*x)/2"),
        ("|x|", "abs(x)"),
        ("|x|*|x-1|", "abs(x)*abs(x-1)"),
        ("x|x|", "x*abs(x)"),
        ("2|x|(x+1)", "2*abs(x)*(x+1)"),
        ("||x|-1|", "abs(abs(x)-1)"),
        ("|x(|x|+1)|", "abs(x*(abs(x)+1))"),
        ("|-x|/(1+|x|)", "abs(-x)/(1+abs(x))"),
        ("sin²(x)", "sin(x)^2"),
        ("tanh^2(x)", "tanh(x)^2"),
        ("tanh**2(2x)", "tanh(2*x)^2"),
        ("1 - tanh^{2}(x)", "1 - tanh(x)^2"),
        ("swish²(x, 2)", "swish(x, 2)^2"),
        ("swish^2", "swish^(2)"),
        ("x^2(x+1)", "(x^2)*(x+1)"),
        ("a²(x+1)", "(a^2)*(x+1)"),
        ("diff(x^3)", "3*x^2"),
        ("diff(exp(2x), 2)", "4*exp(2x)"),
        ("diff(a*x)", "a"),
        ("tanh'(x)", "sech(x)^2"),
        ("tanh'(2x)", "sech(2*x)^2"),
        ("sin''(x)", "-sin(x)"),
        ("sin″(x)", "-sin(x)"),
        ("sin'^2(x)", "cos(x)^2"),
        ("2swish'", "2*diff(swish(x))"),
        ("swish'(x, x)", "sigmoid(x*x) + x*(sigmoid(x*x)*sigmoid(-(x*x))*x)"),
        ("torch.tanh(x)", "tanh(x)"),
        ("F.softplus(x)", "softplus(x)"),
        ("np.exp(x)", "exp(x)"),
        ("torch.nn.functional.swish(x)", "swish(x)"),
        ("tf.math.tanh(x)", "tanh(x)"),
        ("math.pi*x", "pi*x"),
        ("x * torch.sigmoid(1.702 * x)", "x*sigmoid(1.702*x)"),
        ("x.tanh(x)", "x*tanh(x)"),
        ("f.tanh(x)", "f*tanh(x)"),
        ("np.maximum(0, x)", "max(0, x)"),
        ("np.where(x > 0, x, 0.1*x)", "x if x > 0 else 0.1*x"),
        ("torch.clamp(x, 0, 6)", "clip(x, 0, 6)"),
        ("torch.clamp(x, min=0, max=6)", "min(max(x, 0), 6)"),
        ("torch.clamp(x, min=0)", "max(x, 0)"),
        ("np.power(x, 2)", "x^2"),
        ("swish(x, beta=2)", "swish(x, 2)"),
        ("lambda x: x * np.tanh(x)", "x*tanh(x)"),
        ("lambda t: t if t > 0 else 0.1 * t", "x if x > 0 else 0.1*x"),
        ("lambda*x", "lambda*(x)"),
        (r"\frac{x}{1+e^{-x}}", "x/(1+e^(-x))"),
        (r"x \cdot \tanh\left(\ln(1+e^{x})\right)", "x*tanh(log(1+e^x))"),
        (r"\max(0, x)", "max(0, x)"),
        (r"\max\{0, x\}", "max(0, x)"),
        (r"2\alpha x\sqrt{x^2+1}", "2*alpha*(x)*sqrt(x^2+1)"),
        (r"\sqrt[3]{x}", "cbrt(x)"),
        (r"\left|x\right|", "abs(x)"),
        (r"\tanh^{2}(x)", "tanh(x)^2"),
        (r"\log_2(x) + \log_{10}(x)", "log2(x) + log10(x)"),
        (r"\operatorname{sgn}(x)\,x", "sign(x)*x"),
        (r"x\,\Phi(x)", "x*normcdf(x)"),
        (
            r"\begin{cases} x & \text{if } x > 0 \\ 0.1x & \text{otherwise} \end{cases}",
            "x if x > 0 else 0.1x",
        ),
        (
            r"\begin{cases} -1, & x < -1 \\ x, & -1 \le x \leq 1 \\ 1, & x > 1 \\ \end{cases}",
            "-1 if x < -1 else x if -1 <= x <= 1 else 1",
        ),
        ("x − 1", "x - 1"),
        ("x × 2 ÷ 3", "x*2/3"),
    ],
)
def test_meaning(text: str, meaning: str) -> None:
    assert read(text) is read(meaning)


def test_numbers_are_exact() -> None:
    assert read("0.1 + 0.2 if x < 1/3 else 1").args[1] is not read("0.3")
    assert str(read("1.25").value) == "5/4"
    assert read("1/3") is parse("2/6")


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("", 0, "ends where a formula"),
        ("x +", 3, "ends where"),
        ("x + * 2", 4, "expected"),
        ("(x", 2, "')'"),
        ("x)", 1, "end of the formula"),
        ("foo(x)", 0, "no function"),
        ("sigmoi(x)", 0, "Did you mean sigmoid?"),
        ("relu", 0, "needs brackets"),
        ("relu()", 0, "takes 1 argument, 0 given"),
        ("tanh(x, 2)", 0, "takes 1 argument, 2 given"),
        ("clip(x, 1)", 0, "takes 3 arguments"),
        ("min(x)", 0, "takes 2 to 100 arguments"),
        ("swish(x, 1, 2)", 0, "takes 1 to 2 arguments"),
        ("relu0(x)", 0, "positive"),
        ("x x", 2, "expected"),
        ("x 2", 2, "expected"),
        ("x < 1", 0, "condition"),
        ("x if x else 1", 5, "condition"),
        ("1 if x = 0 else 2", 7, "=="),
        ("1 if x < 0", 10, "'else'"),
        ("x/0", 1, "divides by zero"),
        ("sqrt(-1)*x", 0, "undefined"),
        ("log(0) + x", 0, "infinite"),
        ("1e999", 0, "exponent|too large"),
        ("2e308", 0, "too large"),
        ("x + inf", 4, "not a number"),
        ("x?", 1, "has no place"),
        ("x.5", 1, "not clear"),
        ("x.25", 1, "not clear"),
        ("flor(x)", 0, "no function 'flor'."),
        ("squre(x)", 0, "Did you mean square?"),
        ("qq(x)", 0, "To multiply, write qq*"),
        ("|x", 2, "'|'"),
        ("x|", 2, "ends where"),
        ("tanh^-1(x)", 4, "not clear"),
        ("diff(x, 0.5)", 0, "whole number"),
        ("diff(x, 11)", 0, "order up to 10"),
        ("tanh'", 0, "brackets"),
        ("swish(x, gamma=2)", 0, "no parameter called gamma; it has beta"),
        ("tanh(x, out=2)", 0, "no argument called out"),
        ("clamp(x, low=2)", 0, "takes u, min and max"),
        ("lambda t: t + x", 14, "function of t"),
        (r"\foo(x)", 0, "command"),
        (r"\frac{x}", 8, "'{'"),
        (r"\begin{cases} x & x > 0 \\ 1 & x < 0 \end{cases}", 0, "what holds elsewhere"),
        (r"\begin{cases} x & x > 0", 23, "end{cases}"),
        ("x'", 1, "expected"),
    ],
)
def test_errors_point_at_the_place(text: str, at: int, words: str) -> None:
    with pytest.raises(FormulaError) as caught:
        read(text)
    message = str(caught.value)
    assert any(word in message for word in words.split("|")), message
    caret = message.splitlines()[-1].index("^") - 4
    assert caret == at, message


NESTED = "x"
for _ in range(12):
    NESTED = f"swish({NESTED})"

HOSTILE = {
    "brackets": "(" * 5000 + "x" + ")" * 5000,
    "signs": "-" * 5000 + "x",
    "nots": "1 if " + "not " * 2000 + "x<0 else 2",
    "tower": "9^9^9^9",
    "tower of x": "x^9^9^9^9",
    "megabytes": "x+" * 2_000_000 + "x",
    "long number": "1" * 1_000_000,
    "long exponent": "1e" + "9" * 50,
    "control": "x\x00+1",
    "escape": "x\x1b[31m",
    "surrogate": "x+\ud800",
    "direction": "x\u202e+1",
    "calls": "relu(" * 3000 + "x" + ")" * 3000,
    "powers": "x" + "^0.1" * 3000,
    "nested registry formulas": NESTED,
    "parameters": "+".join(f"a{i}" for i in range(3000)),
    "dunder": "__import__('os').system('true')",
    "attribute": "x.__class__.__bases__",
    "index": "x[0]",
    "walrus": "(x:=1)",
    "string": "'x'",
    "bars": "|" * 5000 + "x" + "|" * 5000,
    "fractions": r"\frac{" * 1500 + "x",
    "roots": r"\sqrt" * 1900 + "{x}",
    "cases": r"\begin{cases}" * 700,
    "lines": r"\begin{cases}" + r"x & x<0 \\" * 700 + r"\end{cases}",
    "modules": "torch." * 1600 + "tanh(x)",
    "primes": "tanh" + "'" * 9000 + "(x)",
    "derivatives": "diff(" * 40 + "tanh(x)/(1 + x^2)" + ")" * 40,
    "commands": "\\" * 4000 + "x",
    "texts": r"\text{" + "a " * 4000 + "}",
    "keywords": "clamp(x, " + "min=0, " * 1300 + ")",
    "long name": "a" * 9000,
    "conditions": "1 if " + "<".join(["x"] * 4000) + " else 2",
    "branches": "1 if x<0 else " * 600 + "2",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_or_refused_at_once(name: str) -> None:
    tracemalloc.start()
    begin = time.perf_counter()
    try:
        read(HOSTILE[name])
    except FormulaError as error:
        message = str(error)
        assert len(message) < 600
        assert message.isprintable() or "\n" in message
        assert all(c.isprintable() or c == "\n" for c in message)
        message.encode("utf-8")
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert time.perf_counter() - begin < 2  # under tracemalloc, which slows it several times
    assert peak < 60e6


HEAVY = {
    "exponentials": "exp(exp(exp(exp(x))))",
    "huge exponent": "x^1e300",
    "large exponent": "x^(10^9)",
    "tiny divisor": "x/1e-300/1e-300",
    "huge factor": "1e300*x^5",
    "many relus": "+".join(f"relu(x-{i})" for i in range(80)),
    "nested abs": "abs(" * 40 + "x" + "-1)" * 40,
    "nested min": "min(x," * 40 + "1" + ")" * 40,
    "nested swish": "swish(" * 6 + "x" + ")" * 6,
    "powers": "x" + "^0.1" * 12,
    "self power": "x^x^x",
    "wiggle": "sin(1/x)",
    "iterated logarithm": "log(log(log(x)))",
    "wide constant": "2^1000",
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", HEAVY)
def test_heavy_formulas_end_in_an_answer_or_an_error(name: str) -> None:
    begin = time.perf_counter()
    for ask in (
        lambda text: actx.show(text, budget=None),
        lambda text: actx.kinks(text, budget=None),
        lambda text: actx.compare(text, "mish", budget=None),
    ):
        try:
            ask(HEAVY[name])
        except ActxError as refused:
            message = str(refused)
            assert len(message) < 1000
    assert time.perf_counter() - begin < 20  # a few seconds; machines differ


PIECES = st.sampled_from(
    ["x", "x ", "2", "a", "β", "|", "'", "^", "²", "(", ")", "{", "}", "[", "]", "+", "-", "*", "/",
     ".", ",", ":", "&", "=", "<", "tanh", "sin", "np.", "F.", "diff(", "clamp(", "min=", "if ",
     "else ", "lambda ", "swish", "log", "_2", "_{10}"]
    + [f"\\{name}" for name in ("frac", "tanh", "sqrt", "left", "right", "text", "begin", "end",
       "cdot", "le", "log", "Phi", "operatorname", "\\", ",", "{", "}", "unknown")]
    + [r"\begin{cases}", r"\end{cases}", r"\text{if }", r"\text{otherwise}"]
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_pieces_of_pasted_text_are_read_or_refused(text: str) -> None:
    try:
        tree = read(text)
    except FormulaError as error:
        message = str(error)
        assert "^" in message.splitlines()[-1]
        assert all(c.isprintable() or c == "\n" for c in message)
    else:
        assert parse(to_text(tree)) is tree or "e^" in text


@pytest.mark.parametrize(
    "piece",
    [r"\frac{x}{2}+", "|x|+", "tanh^2(x)+", "np.tanh(x)+", r"\text{swish}(x)*", "clamp(x, min=0)-",
     r"\left(x\right)\cdot ", "sin''(x)+", "diff(x)+", r"\log_{10}(2)+"],
)  # fmt: skip
def test_time_grows_with_the_text(piece: str) -> None:
    """Of twice as many pieces it takes about twice the time (four times, were it quadratic)."""

    def seconds(count: int) -> float:
        least = math.inf
        for _ in range(3):
            begin = time.process_time()
            for k in range(5):
                read(piece * count + f"{k}x")
            least = min(least, time.process_time() - begin)
        return least

    seconds(2)
    assert seconds(120) < 3 * seconds(60) + 0.002
