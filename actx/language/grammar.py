"""The grammar of formula text, in the way people write formulas in a forum post.

Tokens are read first (`actx.language.tokens`), then a recursive descent parser builds the tree
(`Parser`). The text is data: it is bounded in length, nesting and size, nothing of it is ever
executed, and every error shows the text with a caret at the place and says what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import NoReturn

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
from actx.language.tree import PI as CIRCLE
from actx.language.tree import (
    ZERO,
    Node,
    X,
    node,
    number,
    parameter,
    substitute,
)
from actx.language.tree import E as EULER

MAX_NESTING = 45  # brackets, signs and exponents within each other
MAX_SIZE = 20_000  # nodes, with registry formulas written out
MAX_DEPTH = 250  # levels of the tree

_CLIPPED_RELU = re.compile(r"relu_?(\d+(?:\.\d+)?)")


class Parser:
    """Recursive descent over the tokens; each method reads one level of binding strength."""

    def __init__(self, text: str, library: Library) -> None:
        self.text = text
        self.library = library
        self.tokens = tokens(text)
        self.index = 0
        self.nesting = 0

    # --- tokens ---

    @property
    def current(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.current
        self.index += 1
        return token

    def accept(self, *words: str) -> Token | None:
        return self.take() if self.current.kind != "end" and self.current.text in words else None

    def fail(self, problem: str, at: int | None = None) -> NoReturn:
        fail(self.text, self.current.start if at is None else at, problem)

    def expected(self, what: str) -> NoReturn:
        token = self.current
        if token.kind == "end":
            self.fail(f"The formula ends where {what} was expected.")
        shown = printable(self.text[token.start : token.stop])
        self.fail(f"Found {shown!r} where {what} was expected.")

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

    def make(self, op: str, at: int, *args: Node) -> Node:
        """A node, checked: sizes are bounded and constants are finite numbers."""
        if op in CONDITIONS and op in ("and", "or", "not"):
            for argument in args:
                self.check_condition(argument, at)
        if op == "pow" and args[0] is EULER:
            op, args = "exp", (args[1],)
        made = node(op, *args)
        if made.size > MAX_SIZE or made.depth > MAX_DEPTH:
            self.fail(
                f"The formula is too large: at most {MAX_SIZE} operations in {MAX_DEPTH} levels.",
                at,
            )
        if op == "div" and args[1] is ZERO:
            self.fail("This divides by zero.", at)
        if made.constant and made.op not in CONDITIONS:
            self.check_constant(made, at)
        return made

    def check_constant(self, made: Node, at: int) -> None:
        """What is asked of a constant: nothing of one in a rule of the language itself."""

    # --- grammar, loosest first ---

    def whole(self) -> Node:
        if self.current.kind == "end":
            self.expected("a formula, such as x*tanh(softplus(x)),")
        at = self.current.start
        tree = self.conditional()
        if self.current.kind != "end":
            self.expected("an operator or the end of the formula")
        if tree.op in CONDITIONS:
            self.fail("This is a condition, not a formula; use it as `a if condition else b`.", at)
        return tree

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
        if token.kind not in ("name", "number") and token.text != "(":
            return False
        if token.kind == "number":
            if last.kind == "name" and token.text.startswith(".") and token.start == last.stop:
                self.fail(
                    "It is not clear whether this multiplies by 5 or by 0.5, say; write x*5, x*0.5."
                    if token.text == ".5"
                    else "A number after a name is not clear; write the operator, as in x*0.5."
                )
            return False
        if last.kind == "number" or last.text == ")" or last.alone or last.kind == "raised":
            return True
        # x(…) and pi(…) multiply, and so does xβ; between two plain names an operator is needed
        return last.kind == "name" and (token.text == "(" or token.alone)

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
        if self.accept("("):
            tree = self.within(self.conditional)
            self.need(")", "')'")
            return tree
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
        name, called = token.text, self.current.text == "(" and self.current.kind == "sign"
        if name == "x":
            return X
        if name in CONSTANTS and not (token.alone and name != "pi"):
            return CIRCLE if name == "pi" else EULER
        if name in ("inf", "nan", "infinity"):
            self.fail(f"{name} is not a number that a formula can hold.", token.start)
        if token.alone:
            return self.greek(token, called)
        if called:
            return self.call(token)
        definition = self.library.lookup(name)
        if definition is not None:
            return self.expand(definition, token, [X])
        if _CLIPPED_RELU.fullmatch(name) or name in FUNCTIONS or name in SHORT_FORMS:
            self.fail(f"{name} is a function: it needs brackets, as in {name}(x).", token.start)
        return parameter(name)

    def greek(self, token: Token, called: bool) -> Node:
        if called and token.text == "phi":
            letter = self.text[token.start]
            return self.call(replace(token, text="normcdf" if letter == "Φ" else "normpdf"))
        if called and token.text == "sigma":
            self.fail(
                "It is not clear whether this is the sigmoid; write sigmoid(…), or sigma*(…).",
                token.start,
            )
        return parameter(token.text)

    def call(self, token: Token) -> Node:
        name = token.text
        clipped = _CLIPPED_RELU.fullmatch(name)
        definition = None if clipped else self.library.lookup(name)
        if not (clipped or definition or name in FUNCTIONS or name in SHORT_FORMS):
            known = [*FUNCTIONS, *SHORT_FORMS, *(normalise(n) for n in self.library.names())]
            hint = suggestion(name, known) or f" To multiply, write {name}*(…)."
            self.fail(f"There is no function {printable(name[:60])!r}.{hint}", token.start)
        args = self.arguments(token, first_is_condition=name == "where")
        if clipped:
            return self.clipped_relu(token, Fraction(clipped.group(1)), args)
        if name in SHORT_FORMS:
            return self.short_form(token, args)
        operation = FUNCTIONS.get(name)
        if operation is not None and (definition is None or len(args) == operation.arity):
            return self.apply(operation, token, args)
        assert definition is not None
        return self.expand(definition, token, args)

    def arguments(self, token: Token, first_is_condition: bool) -> list[Node]:
        self.need("(", "'('")
        args: list[Node] = []
        if not self.accept(")"):
            read = self.condition if first_is_condition else self.conditional
            args.append(self.within(read))
            while self.accept(","):
                args.append(self.within(self.conditional))
            self.need(")", "',' or ')'")
        return args

    def clipped_relu(self, token: Token, top: Fraction, args: list[Node]) -> Node:
        if top <= 0:
            self.fail("Relu clips at a positive number, as in Relu6(x).", token.start)
        self.check_count(token, args, 1, 1)
        return self.make("clip", token.start, args[0], ZERO, number(top))

    def short_form(self, token: Token, args: list[Node]) -> Node:
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

    def expand(self, definition: Definition, token: Token, args: list[Node]) -> Node:
        """A registry formula written out: x first, then its parameters in order."""
        names = list(definition.defaults)
        self.check_count(token, args, 1, 1 + len(names))
        values = {name: number(value) for name, value in definition.defaults.items()}
        values.update(zip(names, args[1:], strict=False))
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
