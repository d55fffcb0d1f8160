"""The grammar of formula text, in the way people write formulas in a forum post.

Tokens are read first (`actx.language.tokens`), then a recursive descent parser builds the tree
(`Parser`). The text is data: it is bounded in length, nesting and size, nothing of it is ever
executed, and every error shows the text with a caret at the place and says what was expected.

Longer than other files: the rules of one grammar are read together, loosest first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import NoReturn

from actx.language import broken_line, latex
from actx.language.library import Definition, EmptyLibrary, Library, normalise
from actx.language.operations import (
    ARGUMENTS,
    COMPARISONS,
    CONDITIONS,
    CONSTANTS,
    FUNCTIONS,
    SHORT_FORMS,
    Operation,
)
from actx.language.tokens import MAX_DIGITS, Token, fail, printable, suggestion, tokens
from actx.language.tree import (
    NUMBER,
    ZERO,
    Node,
    X,
    as_fraction,
    node,
    number,
    parameter,
    substitute,
)
from actx.language.tree import PI as CIRCLE
from actx.language.tree import E as EULER

MAX_NESTING = 45  # brackets, signs and exponents within each other
MAX_SIZE = 20_000  # nodes, with registry formulas written out
MAX_DEPTH = 250  # levels of the tree
MAX_ORDER = 10  # of a derivative

# Where code has its functions; np.tanh is tanh.
_MODULES = frozenset(
    [
        "torch",
        "np",
        "numpy",
        "math",
        "nn",
        "functional",
        "jax",
        "jnp",
        "lax",
        "tf",
        "tensorflow",
        "keras",
        "activations",
        "scipy",
        "special",
        "sp",
        "sympy",
        "mp",
        "mpmath",
        "cmath",
        "onp",
        "F",
    ]
)
_ROUNDED = {"⌊": ("⌋", "floor"), "⌈": ("⌉", "ceil")}
_CLIPPED_RELU = re.compile(r"relu_?(\d+(?:\.\d+)?)")


class Parser:
    """Recursive descent over the tokens; each method reads one level of binding strength."""

    def __init__(self, text: str, library: Library) -> None:
        self.text = text
        self.library = library
        self.tokens = latex.plain(tokens(text), text)
        self.index = 0
        self.nesting = 0
        self.bars = 0  # how many | are open within the innermost brackets
        self.variable = "x"

    # --- tokens ---

    @property
    def current(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.current
        self.index += 1
        return token

    def ahead(self, count: int) -> Token:
        """The token so many places further on."""
        return self.tokens[min(self.index + count, len(self.tokens) - 1)]

    def accept(self, *words: str) -> Token | None:
        return self.take() if self.current.kind != "end" and self.current.text in words else None

    def fail(self, problem: str, at: int | None = None) -> NoReturn:
        fail(self.text, self.current.start if at is None else at, problem)

    def expected(self, what: str) -> NoReturn:
        token = self.current
        if token.kind == "end":
            left_open = " A bracket is left open." if "')'" in what else ""
            self.fail(f"The formula ends where {what} was expected.{left_open}")
        shown = printable(self.text[token.start : token.stop])
        self.fail(f"Found {shown!r} where {what} was expected.{self.mend()}")

    def mend(self) -> str:
        """What the word that is wrong may have been meant for, where that is easily told."""
        token, around = self.current, self.text
        if token.text == ")":
            return " It closes no bracket: leave it out, or open one before."
        before, after = around[token.start - 1 : token.start], around[token.stop : token.stop + 1]
        if token.text == "," and before.isdigit() and after.isdigit():
            return " A decimal point is a dot, as in 0.5."
        return ""

    def need(self, word: str, what: str) -> Token:
        return self.accept(word) or self.expected(what)

    def within(self, read: Callable[[], Node]) -> Node:
        """Read something one level deeper."""
        if self.nesting >= MAX_NESTING:
            self.fail(f"The formula is nested deeper than {MAX_NESTING} levels.")
        self.nesting += 1
        result = read()
        self.nesting -= 1
        return result

    def enclosed(self, read: Callable[[], Node], bars: int = 0) -> Node:
        """Read something within brackets, or within so many |."""
        outside, self.bars = self.bars, bars
        result = self.within(read)
        self.bars = outside
        return result

    def make(self, op: str, at: int, *args: Node) -> Node:
        """A node, checked: sizes are bounded and constants are finite numbers."""
        if op in CONDITIONS and op in ("and", "or", "not"):
            for argument in args:
                self.check_condition(argument, at)
        if op == "pow" and args[0] is EULER:
            op, args = "exp", (args[1],)
        made = self.bounded_size(node(op, *args), at)
        if op == "div" and args[1] is ZERO:
            self.fail("This divides by zero.", at)
        if made.constant and made.op not in CONDITIONS:
            self.check_constant(made, at)
        return made

    def bounded_size(self, made: Node, at: int) -> Node:
        if made.size > MAX_SIZE or made.depth > MAX_DEPTH:
            self.fail(
                f"The formula is too large: at most {MAX_SIZE} operations in {MAX_DEPTH} levels.",
                at,
            )
        return made

    def check_constant(self, made: Node, at: int) -> None:
        """What is asked of a constant: nothing of one in a rule of the language itself."""

    def differentiated(self, tree: Node) -> Node:
        """The derivative by x: a rule of the language itself, which makes derivatives, has none."""
        raise NotImplementedError

    # --- grammar, loosest first ---

    def whole(self) -> Node:
        if self.current.kind == "end":
            self.expected("a formula, such as x*tanh(softplus(x)),")
        self.lambda_()
        at = self.current.start
        tree = self.conditional()
        if self.current.kind != "end":
            self.expected("an operator or the end of the formula")
        if tree.op in CONDITIONS:
            self.fail("This is a condition, not a formula; use it as `a if condition else b`.", at)
        return tree

    def lambda_(self) -> None:
        """`lambda t:` in front of a formula of t."""
        first, variable, colon = (self.ahead(n) for n in range(3))
        if (first.text, variable.kind, colon.text) == ("lambda", "name", ":"):
            self.variable = variable.text
            self.index += 3

    def whole_condition(self) -> Node:
        if self.current.kind == "end":
            self.expected("a condition, such as relu6(x) <= relu(x),")
        tree = self.condition()
        if self.current.kind != "end":
            self.expected("an operator or the end of the condition")
        return tree

    def conditional(self) -> Node:
        at = self.current.start
        value = self.logical("or")
        if self.accept("if"):
            condition = self.condition()
            self.need("else", "'else'")
            return self.make("where", at, condition, value, self.within(self.conditional))
        return value

    def condition(self) -> Node:
        at = self.current.start
        tree = self.within(lambda: self.logical("or"))
        self.check_condition(tree, at)
        return tree

    def check_condition(self, tree: Node, at: int) -> None:
        if tree.op not in CONDITIONS:
            self.fail("A condition was expected here, such as x <= 0.", at)

    def logical(self, word: str) -> Node:
        lower: Callable[[], Node] = partial(self.logical, "and") if word == "or" else self.negation
        tree = lower()
        while token := self.accept(word):
            tree = self.make(word, token.start, tree, lower())
        return tree

    def negation(self) -> Node:
        if token := self.accept("not"):
            return self.make("not", token.start, self.within(self.negation))
        return self.comparison()

    def comparison(self) -> Node:
        left = self.sum()
        tree: Node | None = None
        while self.current.kind == "compare":
            token = self.take()
            if token.text == "=":
                self.fail("A single = does not compare; write == or <=, >=.", token.start)
            right = self.sum()
            link = self.make(COMPARISONS[token.text].name, token.start, left, right)
            tree = link if tree is None else self.make("and", token.start, tree, link)
            left = right
        return left if tree is None else tree

    def sum(self) -> Node:
        tree = self.product()
        while token := self.accept("+", "-"):
            op = "add" if token.text == "+" else "sub"
            tree = self.make(op, token.start, tree, self.product())
        return tree

    def product(self) -> Node:
        tree = self.signed()
        while True:
            if token := self.accept("*", "/", "."):
                op = "div" if token.text == "/" else "mul"
                tree = self.make(op, token.start, tree, self.signed())
            elif self.multiplies():
                tree = self.make("mul", self.current.start, tree, self.power())
            else:
                return tree

    def multiplies(self) -> bool:
        """Whether the next factor follows the last one without an operator."""
        last, token = self.tokens[self.index - 1], self.current
        if token.text == "|":
            return not self.bars  # else it closes
        opens = token.text == "(" or token.text in _ROUNDED
        if token.kind not in ("name", "number", "command") and not opens:
            return False
        if token.kind == "command":
            return token.text in latex.FACTORS
        if token.kind == "number":
            if last.kind == "name" and token.text.startswith(".") and token.start == last.stop:
                self.fail(
                    "It is not clear whether this multiplies by 5 or by 0.5, say; write x*5, x*0.5."
                    if token.text == ".5"
                    else "A number after a name is not clear; write the operator, as in x*0.5."
                )
            return False
        closed = last.text in (")", "|", "⌋", "⌉")
        if last.kind == "number" or closed or last.alone or last.kind == "raised":
            return True
        # x(…) and pi(…) multiply, and so does xβ; between two plain names an operator is needed
        return last.kind == "name" and (opens or token.alone)

    def signed(self) -> Node:
        if token := self.accept("-"):
            return self.make("neg", token.start, self.within(self.signed))
        if self.accept("+"):
            return self.within(self.signed)
        return self.power()

    def power(self) -> Node:
        base = self.atom()
        while self.current.kind == "raised":
            token = self.take()
            base = self.make("pow", token.start, base, number(int(token.text[:MAX_DIGITS])))
        if self.current.kind == "power":
            token = self.take()
            return self.make("pow", token.start, base, self.within(self.signed))
        return base

    def atom(self) -> Node:
        token = self.current
        if token.kind == "number":
            self.take()
            return self.literal(token)
        if token.kind == "name":
            self.take()
            return self.named(token)
        if broken_line.begins(self):
            return broken_line.read(self)
        if self.accept("("):
            tree = self.enclosed(self.conditional)
            self.need(")", "')'")
            return tree
        if self.accept("|"):
            tree = self.enclosed(self.sum, bars=1)
            self.need("|", "'|'")
            return self.make("abs", token.start, tree)
        if self.accept(*_ROUNDED):
            stop, op = _ROUNDED[token.text]
            tree = self.enclosed(self.conditional)
            self.need(stop, f"'{stop}'")
            return self.make(op, token.start, tree)
        if token.kind == "command":
            return latex.read(self, self.take())
        return self.expected("a number, a name or a bracket")

    def literal(self, token: Token) -> Node:
        _, _, exponent = token.text.lower().partition("e")
        if exponent and (len(exponent) > 5 or abs(int(exponent)) > 400):
            self.fail("A number may have an exponent from -400 to 400.", token.start)
        value = Fraction(token.text)
        if value > Fraction(2) ** 1024 - Fraction(2) ** 970:
            self.fail("This number is too large for a float64 number (1.8e308).", token.start)
        return number(value)

    # --- names ---

    def named(self, token: Token) -> Node:
        token = self.unqualified(token)
        name, called = token.text, self.current.text == "(" and self.current.kind == "sign"
        if name == self.variable:
            return X
        if name == "x":
            self.fail(f"This is a function of {self.variable}; write that for x.", token.start)
        if name in CONSTANTS and not (token.alone and name != "pi"):
            return CIRCLE if name == "pi" else EULER
        if name in ("inf", "nan", "infinity"):
            self.fail(f"{name} is not a number that a formula can hold.", token.start)
        if token.alone:
            return self.greek(token, called)
        if self.is_function(name):
            return self.function(token)
        if called:
            self.no_such_function(token)
        return parameter(name)

    def unqualified(self, token: Token) -> Token:
        """The name that a name as in code ends with: tanh of torch.nn.functional.tanh."""
        while self.text[token.start : token.stop] in _MODULES:
            point, name = self.current, self.ahead(1)
            if point.text != "." or name.kind != "name" or name.start != token.stop + 1:
                break
            self.index += 2
            token = name
        return token

    def greek(self, token: Token, called: bool) -> Node:
        if called and token.text == "phi":
            capital = self.text[token.start : token.stop] in ("Φ", r"\Phi")
            return self.function(replace(token, text="normcdf" if capital else "normpdf"))
        if called and token.text == "sigma":
            self.fail(
                "It is not clear whether this is the sigmoid; write sigmoid(…), or sigma*(…).",
                token.start,
            )
        return parameter(token.text)

    # --- functions ---

    def is_function(self, name: str) -> bool:
        known = name in FUNCTIONS or name in SHORT_FORMS or _CLIPPED_RELU.fullmatch(name)
        return bool(known) or self.library.lookup(name) is not None

    def no_such_function(self, token: Token) -> NoReturn:
        name = token.text
        known = [*FUNCTIONS, *SHORT_FORMS, *(normalise(n) for n in self.library.names())]
        hint = suggestion(name, known)
        if not hint and len(name) < 3:
            hint = f" To multiply, write {name}*(…)."
        self.fail(f"There is no function {printable(name[:60])!r}.{hint}", token.start)

    def function(self, token: Token) -> Node:
        """A function with what follows its name: tanh''(x), sin^2(x), or swish alone."""
        name = token.text
        order = len(self.take().text) if self.current.kind == "prime" else 0
        power = self.power_of_function(token)
        if self.current.text == "(":
            tree = self.derivative_call(token, order) if order else self.call(token)
        else:
            definition = self.library.lookup(name)
            if definition is None or power is not None:
                self.fail(f"{name} is a function: it needs brackets, as in {name}(x).", token.start)
            tree = self.differentiate(self.expand(definition, token, [X], {}), order, token)
        return tree if power is None else self.make("pow", token.start, tree, number(power))

    def power_of_function(self, token: Token) -> int | None:
        """The exponent between a function's name and its brackets, None where there is none."""
        words = [self.ahead(n).text for n in range(6)]
        if self.current.kind == "raised" and words[1] == "(":
            return int(self.take().text[:MAX_DIGITS])
        if self.current.kind != "power":
            return None
        inner = words[1:2] if words[1] not in ("(", "-") else words[2:3]
        if words[1:4] == ["-", "1", "("] or words[1:6] == ["(", "-", "1", ")", "("]:
            self.fail(
                f"It is not clear whether this is the inverse function or 1/{token.text}(…); "
                "write that."
            )
        length = 2 if words[1] != "(" else 4 if words[3] == ")" else 0
        if not (length and inner[0].isdigit() and words[length] == "("):
            return None
        self.index += length
        return int(inner[0][:MAX_DIGITS])

    def call(self, token: Token) -> Node:
        args, named = self.arguments(first_is_condition=token.text == "where")
        return self.value(token, args, named)

    def value(self, token: Token, args: list[Node], named: dict[str, Node]) -> Node:
        """A function of arguments; some of them may be given by their names."""
        name = token.text
        clipped = _CLIPPED_RELU.fullmatch(name)
        definition = None if clipped else self.library.lookup(name)
        operation = FUNCTIONS.get(name)
        if operation is not None and operation.name == "clip" and named:
            return self.bounded(token, args, named)
        if definition is not None and (operation is None or named or len(args) != operation.arity):
            return self.expand(definition, token, args, named)
        if named:
            self.fail(f"{name} has no argument called {printable(min(named)[:60])}.", token.start)
        if clipped:
            return self.clipped_relu(token, Fraction(clipped.group(1)), args)
        if operation is None:
            return self.short_form(token, args)
        return self.apply(operation, token, args)

    def arguments(self, first_is_condition: bool) -> tuple[list[Node], dict[str, Node]]:
        """The arguments in brackets in their order, and those with a name."""
        self.need("(", "'('")
        args: list[Node] = []
        named: dict[str, Node] = {}
        while not self.accept(")"):
            if args or named:
                self.need(",", "',' or ')'")
            if self.ahead(1).text == "=" and self.current.kind == "name":
                name = self.take().text
                self.take()
                named[name] = self.enclosed(self.conditional)
            elif named:
                self.expected("another argument with its name")
            else:
                condition = first_is_condition and not args
                args.append(self.enclosed(self.condition if condition else self.conditional))
        return args, named

    def bounded(self, token: Token, args: list[Node], named: dict[str, Node]) -> Node:
        """clamp(u, min=0, max=6), where either may be left out."""
        bounds = dict(zip(("u", "min", "max"), args, strict=False)) | {
            name.removeprefix("a_"): value for name, value in named.items()
        }
        if "u" not in bounds or not bounds.keys() < {"u", "min", "max", ""}:
            self.fail(f"{token.text} takes u, min and max.", token.start)
        tree = bounds["u"]
        for name, op in (("min", "max"), ("max", "min")):
            if name in bounds:
                tree = self.make(op, token.start, tree, bounds[name])
        return tree

    # --- derivatives ---

    def differentiate(self, tree: Node, order: int, token: Token) -> Node:
        if order > MAX_ORDER:
            self.fail(f"A derivative may have an order up to {MAX_ORDER}.", token.start)
        for _ in range(order):
            tree = self.bounded_size(self.differentiated(tree), token.start)
        return tree

    def derivative_call(self, token: Token, order: int) -> Node:
        """f'(u, a) is the derivative of f(x, a) by x, at u."""
        args, named = self.arguments(first_is_condition=False)
        places = {name: parameter(f"{name}, held") for name in named}
        rest = [parameter(f"argument {n}, held") for n in range(1, len(args))]
        tree = self.differentiate(self.value(token, [X, *rest], places), order, token)
        leaves = dict(zip((X, *rest), args, strict=True))
        leaves |= {place: named[name] for name, place in places.items()}
        return substitute(tree, leaves, lambda op, *args: self.make(op, token.start, *args))

    def derivative_form(self, token: Token, args: list[Node]) -> Node:
        """diff(f) and diff(f, 2)."""
        self.check_count(token, args, 1, 2)
        order = args[1] if len(args) == 2 else number(1)
        if order.op != NUMBER or as_fraction(order).denominator != 1 or as_fraction(order) < 0:
            self.fail("The order of a derivative is a whole number, as in diff(f, 2).", token.start)
        return self.differentiate(args[0], int(as_fraction(order)), token)

    def clipped_relu(self, token: Token, top: Fraction, args: list[Node]) -> Node:
        if top <= 0:
            self.fail("Relu clips at a positive number, as in Relu6(x).", token.start)
        self.check_count(token, args, 1, 1)
        return self.make("clip", token.start, args[0], ZERO, number(top))

    def short_form(self, token: Token, args: list[Node]) -> Node:
        if token.text == "diff":
            return self.derivative_form(token, args)
        count, text = SHORT_FORMS[token.text]
        self.check_count(token, args, count, count)
        if token.text == "where":
            return self.make("where", token.start, *args)
        return self.filled(rule(text), dict(zip(ARGUMENTS, args, strict=False)), token)

    def apply(self, operation: Operation, token: Token, args: list[Node]) -> Node:
        if operation.name in ("min", "max"):  # of two or more
            self.check_count(token, args, 2, 100)
            tree = args[0]
            for argument in args[1:]:
                tree = self.make(operation.name, token.start, tree, argument)
            return tree
        self.check_count(token, args, operation.arity, operation.arity)
        return self.make(operation.name, token.start, *args)

    def expand(
        self, definition: Definition, token: Token, args: list[Node], named: dict[str, Node]
    ) -> Node:
        """A registry formula written out: x first, then its parameters in order or by name."""
        names = list(definition.defaults)
        self.check_count(token, args, 1, 1 + len(names))
        for name in named.keys() - names[len(args) - 1 :]:
            has = f"has {', '.join(names)}" if names else "has none"
            self.fail(
                f"{token.text} has no parameter called {printable(name[:60])}; it {has}.",
                token.start,
            )
        values = {name: number(value) for name, value in definition.defaults.items()}
        values.update(zip(names, args[1:], strict=False))
        values.update(named)
        return self.filled(definition.tree, {"x": args[0], **values}, token)

    def filled(self, tree: Node, values: dict[str, Node], token: Token) -> Node:
        leaves = {X if name == "x" else parameter(name): value for name, value in values.items()}
        return substitute(tree, leaves, lambda op, *args: self.make(op, token.start, *args))

    def check_count(self, token: Token, args: list[Node], least: int, most: int) -> None:
        if not least <= len(args) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            plural = "" if wanted == "1" else "s"
            self.fail(
                f"{token.text} takes {wanted} argument{plural}, {len(args)} given.", token.start
            )


@lru_cache(maxsize=256)
def rule(text: str) -> Node:
    """The tree of a rule in the table of operations."""
    return Parser(text, EmptyLibrary()).whole()


def rule_condition(text: str) -> Node:
    """The tree of a rule that is a condition."""
    return Parser(text, EmptyLibrary()).whole_condition()
