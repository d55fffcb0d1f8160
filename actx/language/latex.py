"""Formulas pasted from LaTeX: its commands as the tokens that they stand for.

What only spaces or sizes a formula is left out, braces are brackets, and fractions, roots and cases
are read where the parser meets them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import NoReturn, Protocol

from actx.language.operations import FUNCTIONS, OPERATIONS
from actx.language.tokens import GREEK, Token, fail, printable
from actx.language.tree import NUMBER, Node, X, as_fraction, walk

_NOTHING = frozenset(
    [
        ",",
        ";",
        ":",
        "!",
        "left",
        "right",
        "big",
        "Big",
        "bigg",
        "Bigg",
        "bigl",
        "bigr",
        "Bigl",
        "Bigr",
        "quad",
        "qquad",
        "displaystyle",
    ]
) | {" ", "\t", "\n"}
_UPRIGHT = frozenset(
    ["operatorname", "mathrm", "text", "mbox", "textrm", "mathit", "textit", "mathsf"]
)
_SIGNS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "vert": "|", "lvert": "|", "rvert": "|",
    "|": "|", "(": "(", ")": ")", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
}  # fmt: skip
_COMPARED = {
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=",
    "lt": "<", "gt": ">", "ne": "!=", "neq": "!=",
}  # fmt: skip
_WORDS = {"land": "and", "wedge": "and", "lor": "or", "vee": "or", "lnot": "not", "neg": "not"}
_LETTERS = {name: name for name in GREEK.values()} | {
    "varphi": "phi", "Phi": "phi", "varepsilon": "epsilon", "vartheta": "theta",
}  # fmt: skip
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac"})
FACTORS = _FRACTIONS | {"sqrt", "begin"}  # commands with which a factor begins
_STRUCTURE = FACTORS | {"end", "\\"}


def plain(found: Sequence[Token], text: str) -> list[Token]:
    """The tokens of a formula with commands of LaTeX as what they mean. Raises FormulaError."""
    if not any(token.kind == "command" for token in found):
        return list(found)
    made: list[Token] = []
    at = 0
    while at < len(found):
        token, at = found[at], at + 1
        if token.kind != "command" or token.text in _STRUCTURE:
            made.append(token)
        elif token.text in _UPRIGHT:
            at = _upright(found, at, made, text)
        elif token.text not in _NOTHING:
            made.append(_meaning(token, text))
            if made[-1].text == "log":
                at = _with_base(found, at, made)
    return made


def _meaning(token: Token, text: str) -> Token:
    word = token.text
    for kind, table in (("sign", _SIGNS), ("compare", _COMPARED), ("keyword", _WORDS)):
        if word in table:
            return replace(token, kind=kind, text=table[word])
    if word in _LETTERS:
        return replace(token, kind="name", text=_LETTERS[word], alone=True)
    if word.lower() in FUNCTIONS or word == "infty":
        return replace(token, kind="name", text="inf" if word == "infty" else word.lower())
    return fail(text, token.start, f"The command \\{printable(word)} has no place in a formula.")


def _upright(found: Sequence[Token], at: int, made: list[Token], text: str) -> int:
    """Words in upright letters, as in \\operatorname{sgn} or \\text{if}; where they end."""
    start = at
    if found[at].text == "(":
        at += 1
        while found[at].kind in ("name", "keyword", "number") or found[at].text == ",":
            if found[at].text != ",":
                made.append(found[at])
            at += 1
        if found[at].text == ")" and at > start + 1:
            return at + 1
    return fail(text, found[at].start, "A name in braces was expected here.")


def _with_base(found: Sequence[Token], at: int, made: list[Token]) -> int:
    """\\log_2 and \\log_{10}; where the base ends."""
    words = [token.text for token in found[at : at + 4]]
    base, length = words[0].removeprefix("_"), 1
    if words[0] == "_" and words[1:2] == ["("] and words[3:] == [")"]:
        base, length = words[2], 4
    if words[0].startswith("_") and f"log{base}" in FUNCTIONS:
        made[-1] = replace(made[-1], text=f"log{base}")
        return at + length
    return at


# --- what the parser meets ---


class Parser(Protocol):
    """What of `actx.language.grammar.Parser` is needed here."""

    text: str

    @property
    def current(self) -> Token: ...
    def accept(self, *words: str) -> Token | None: ...
    def fail(self, problem: str, at: int | None = None) -> NoReturn: ...
    def expected(self, what: str) -> NoReturn: ...
    def need(self, word: str, what: str) -> Token: ...
    def enclosed(self, read: Callable[[], Node], bars: int = 0) -> Node: ...
    def make(self, op: str, at: int, *args: Node) -> Node: ...
    def conditional(self) -> Node: ...
    def condition(self) -> Node: ...
    def logical(self, word: str) -> Node: ...


def read(parser: Parser, token: Token) -> Node:
    """A fraction, a root or cases, of which the command has been taken."""
    if token.text in _FRACTIONS:
        top = _group(parser)
        return parser.make("div", token.start, top, _group(parser))
    if token.text == "sqrt":
        root = None
        if parser.text[parser.current.start : parser.current.stop] == "[":
            root = _group(parser)
        inner = _group(parser)
        if root is None:
            return parser.make("sqrt", token.start, inner)
        if root.op == NUMBER and as_fraction(root) == 3:
            return parser.make("cbrt", token.start, inner)
        return parser.fail("A root is a square or a cube root; write a power.", token.start)
    if token.text == "begin":
        return _cases(parser, token)
    return parser.fail(f"Found \\{printable(token.text)} where a value was expected.", token.start)


def _group(parser: Parser) -> Node:
    parser.need("(", "'{'")
    tree = parser.enclosed(parser.conditional)
    parser.need(")", "'}'")
    return tree


def _environment(parser: Parser) -> None:
    for word in ("(", "cases", ")"):
        parser.need(word, "{cases}")


def _cases(parser: Parser, token: Token) -> Node:
    """The lines of cases, read as if/else."""
    _environment(parser)
    lines: list[tuple[Node, Node | None]] = []
    while not (parser.current.kind == "command" and parser.current.text == "end"):
        if len(lines) == 100:
            parser.fail("Cases may have at most 100 lines.")
        lines.append(_line(parser))
        if lines[-1][1] is None or not _accept_break(parser):
            _accept_break(parser)
            break
    if not (parser.current.kind == "command" and parser.accept("end")):
        parser.expected(r"'\end{cases}'")
    _environment(parser)
    conditions = [condition for _, condition in lines if condition is not None]
    if not lines or (len(conditions) == len(lines) and not _exhaustive(conditions)):
        parser.fail(
            r"It is not clear what holds elsewhere; end the cases with \text{otherwise}.",
            token.start,
        )
    tree = lines[-1][0]
    for value, condition in reversed(lines[:-1]):
        assert condition is not None
        tree = parser.make("where", token.start, condition, value, tree)
    return tree


def _line(parser: Parser) -> tuple[Node, Node | None]:
    """The value of a line and its condition, None for `otherwise`."""
    value = parser.enclosed(lambda: parser.logical("or"))
    parser.accept(",")
    parser.need("&", "'&' and a condition")
    parser.accept("if", "for", "when")
    if parser.accept("otherwise", "else", "elsewhere"):
        return value, None
    condition = parser.enclosed(parser.condition)
    return value, condition


def _accept_break(parser: Parser) -> bool:
    parser.accept(",", ".")
    return parser.current.kind == "command" and parser.accept("\\") is not None


def _exhaustive(conditions: Sequence[Node]) -> bool:
    """Whether one of them holds at every x, seen where they compare x with numbers."""
    numbers = {as_fraction(n) for c in conditions for n in walk(c) if n.op == NUMBER}
    edges = sorted(numbers | {-n for n in numbers} | {Fraction(0)})
    between = [(a + b) / 2 for a, b in pairwise(edges)]
    try:
        return all(
            any(_holds(condition, x) for condition in conditions)
            for x in (edges[0] - 1, *edges, *between, edges[-1] + 1)
        )
    except LookupError:
        return False


def _holds(condition: Node, x: Fraction) -> bool:
    args = condition.args
    if condition.op in ("and", "or"):
        return (all if condition.op == "and" else any)(_holds(a, x) for a in args)
    if condition.op == "not":
        return not _holds(args[0], x)
    compared = OPERATIONS[condition.op].operator
    return compared is not None and bool(compared(*(_side(side, x) for side in args)))


def _side(side: Node, x: Fraction) -> Fraction:
    if side.op == "neg":
        return -_side(side.args[0], x)
    if side is not X and side.op != NUMBER:
        raise LookupError
    return x if side is X else as_fraction(side)
