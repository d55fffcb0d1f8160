"""Formula text cut into tokens, and errors that show the place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

from actx.core.errors import FormulaError
from actx.language.library import normalise
from actx.language.operations import KEYWORDS

MAX_LENGTH = 10_000  # characters
MAX_DIGITS = 60  # characters of one number

GREEK = {
    letter: unicodedata.name(letter).rsplit(" ", 1)[-1].lower().replace("lamda", "lambda")
    for letter in "αβγδεζηθικλμνξοπρστυφχψω"
}
_SAME = str.maketrans(
    {
        "×": "*", "·": "*", "⋅": "*", "∙": "*", "•": "*", "∗": "*", "÷": "/", "∕": "/",
        "−": "-", "–": "-", "≤": "≤", "≥": "≥", "（": "(", "）": ")", "，": ",", "µ": "μ", "ϵ": "ε",
        "ϕ": "φ", "ϑ": "θ", "ς": "σ", "[": "(", "]": ")", "{": "(", "}": ")", "\xa0": " ",
        "∣": "|", "｜": "|",
    }
)  # fmt: skip
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z_0-9]*(?:(?<=[rR][eE][lL][uU][0-9])\.\d+)?)
    |(?P<greek>[α-ωΑ-Ω])
    |(?P<power>\*\*|\^)
    |(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)
    |(?P<compare><=|>=|==|!=|≤|≥|≠|<|>|=)
    |(?P<prime>['′’″]+)
    |(?P<command>\\(?:[A-Za-z]+|.))
    |(?P<sign>[-+*/.(),|&:;⌊⌋⌈⌉])""",
    re.VERBOSE | re.ASCII,
)
_COMPARISON_SPELLINGS = {"≤": "<=", "≥": ">=", "≠": "!="}


@dataclass(frozen=True)
class Token:
    kind: str  # number, name, power, raised, compare, prime, command, sign, keyword or end
    text: str
    start: int
    stop: int
    alone: bool = False  # a name that ends by itself: a Greek letter


def english(name: str) -> str:
    """A parameter's name as the parser gives it: lower case, a Greek letter by its English name."""
    plain = name.strip().translate(_SAME).lower()
    return GREEK.get(plain, plain)


def fail(text: str, at: int, problem: str) -> NoReturn:
    """Raise FormulaError that shows `text` with a caret at position `at`."""
    raise FormulaError(f"{problem}\n{excerpt(text, at)}")


def excerpt(text: str, at: int, reach: int = 34) -> str:
    """The text around a position, made printable, over a line with a caret."""
    start, stop = max(0, at - reach), min(len(text), at + reach)
    before = ("…" if start else "") + printable(text[start:at])
    after = printable(text[at:stop]) + ("…" if stop < len(text) else "")
    return f"    {before}{after}\n    {' ' * len(before)}^"


def printable(text: str) -> str:
    """Text that a message can hold: what does not print is written as its code."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def suggestion(name: str, known: Sequence[str]) -> str:
    """` Did you mean ...?` with the nearest known name, or nothing."""
    near = get_close_matches(normalise(name)[:60], known, n=1, cutoff=0.6)
    return f" Did you mean {near[0]}?" if near else ""


def tokens(text: str) -> list[Token]:
    """The tokens of a formula, an end token last. Raises FormulaError."""
    if len(text) > MAX_LENGTH:
        fail(text, MAX_LENGTH, f"The formula is longer than {MAX_LENGTH} characters.")
    plain = text.translate(_SAME)
    found: list[Token] = []
    at = 0
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None:
            fail(text, at, f"The character {_named(text[at])} has no place in a formula.")
        kind, word = str(match.lastgroup), match.group()
        if kind != "space":
            found.append(_token(text, kind, word, at, match.end()))
        if kind in ("number",) and len(word) > MAX_DIGITS:
            fail(text, at, f"A number may have at most {MAX_DIGITS} characters.")
        at = match.end()
    found.append(Token("end", "", len(text), len(text)))
    return found


def _token(text: str, kind: str, word: str, start: int, stop: int) -> Token:
    if kind == "greek":
        return Token("name", GREEK[word.lower()], start, stop, alone=True)
    if kind == "name":
        word = word.lower()
        return Token("keyword" if word in KEYWORDS else "name", word, start, stop)
    if kind == "compare":
        word = _COMPARISON_SPELLINGS.get(word, word)
    if kind == "prime":
        word = "'" * (len(word) + word.count("″"))
    if kind == "command":
        word = word[1:]
    if kind == "raised":
        word = "".join(str(_SUPERSCRIPTS.index(c)) for c in word)
    return Token(kind, word, start, stop)


def _named(character: str) -> str:
    if character.isprintable():
        return f"{character!r}"
    return f"U+{ord(character):04X} (not printable)"
