"""Formulas of one variable in FPCore (fpbench.org), the form that suites of numerical benchmarks
have, as formula text of actx with a domain.

    python tests/oracles/fpcore.py FOLDER >tests/suites/NAME.toml

writes what is in a checkout's .fpcore files (`suites.py` says in which form). Left out are loops,
arrays, and operations that formula text lacks. A formula without a precondition gets the first of
`USUAL` on which mpmath finds it defined, and one with sines a window of a few periods.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

Expression = Any  # an atom as text, or a list of expressions
_TOKEN = re.compile(r';[^\n]*|"(?:[^"\\]|\\.)*"|[()\[\]]|[^\s()\[\]";]+')
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?(/\d+)?")
_CONSTANTS = {"PI": "pi", "E": "e"}
_SAME = (
    *("sqrt", "cbrt", "hypot", "exp", "expm1", "exp2", "log", "log1p", "log2", "log10"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
    *("asinh", "acosh", "atanh", "erf", "erfc"),
)
_FUNCTIONS = {"fabs": "abs", "fmax": "max", "fmin": "min"} | {name: name for name in _SAME}
_OPPOSITE = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_CONDITIONAL, _CONDITION, _SUM, _PRODUCT, _POWER, _ATOM = range(6)
_WINDOW = "-5:5"
USUAL = ("-inf:inf", "0:inf", "-inf:0", "-1:1", "1:inf", "0:1", "-0.5:0.5", "-1.5:1.5")


class Untranslatable(Exception):
    """There is something in it that formula text of one variable has not."""


def read(text: str) -> list[Expression]:
    """The expressions of a file."""
    stack: list[list[Expression]] = [[]]
    for token in _TOKEN.findall(text):
        if token in ("(", "["):
            stack.append([])
        elif token in (")", "]"):
            done = stack.pop()
            stack[-1].append(done)
        elif not token.startswith(";"):
            stack[-1].append(token)
    (expressions,) = stack
    return expressions


def cores(text: str) -> Iterator[dict[str, Any]]:
    """The functions of one number in a file: title, formula, rewrites and domain.

    domain: what the precondition says, None where it says nothing of the kind.
    """
    for core in read(text):
        if not (isinstance(core, list) and core and core[0] == "FPCore"):
            continue
        rest = core[1:] if isinstance(core[1], list) else core[2:]
        variables, body = rest[0], rest[-1]
        properties = list(zip(rest[1:-1:2], rest[2:-1:2], strict=True))
        names = [v[-1] if v[0] == "!" else v for v in variables]
        if len(names) != 1 or not isinstance(names[0], str):
            continue
        known = {names[0]: ("x", _ATOM)}
        try:
            formula = _text(body, known)[0]
            rewrites = [_text(e, known)[0] for name, e in properties if name == ":alt"]
            spans = [(-math.inf, math.inf)]
            for name, condition in properties:
                if name == ":pre":
                    spans = _met(spans, _intervals(condition, names[0]))
        except Untranslatable:
            continue
        title = next((e.strip('"') for name, e in properties if name == ":name"), "")
        whole = spans == [(-math.inf, math.inf)]
        domain = None if whole else ",".join(f"{lo!r}:{hi!r}" for lo, hi in sorted(spans))
        yield {"title": title, "formula": formula, "rewrites": rewrites, "domain": domain}


Text = tuple[str, int]  # with how tightly it binds


def _text(e: Expression, known: Mapping[str, Text]) -> Text:
    """An expression as formula text; known: what names stand for."""
    if isinstance(e, str):
        if e in known:
            return known[e]
        if _NUMBER.fullmatch(e):
            signed = e.startswith("-")
            return e.removeprefix("+"), _PRODUCT if "/" in e or signed else _ATOM
        if e in _CONSTANTS:
            return _CONSTANTS[e], _ATOM
        raise Untranslatable(e)
    head, args = e[0], e[1:]
    if head in ("!", "cast"):
        return _text(e[-1], known)
    if head in ("let", "let*"):
        inner = dict(known)
        for name, value in args[0]:
            inner[name] = _text(value, known if head == "let" else inner)
        return _text(args[1], inner)
    parts = [_text(a, known) for a in args]
    return _operation(head, parts)


def _operation(head: str, parts: list[Text]) -> Text:
    if head == "if":
        test, then, other = (_within(part, _CONDITION) for part in parts)
        return f"{then} if {test} else {other}", _CONDITIONAL
    if head in _OPPOSITE:
        pairs = pairwise(parts)
        return " and ".join(
            f"{_within(a, _SUM)} {head} {_within(b, _SUM)}" for a, b in pairs
        ), _CONDITION
    if head in ("and", "or"):
        return f" {head} ".join(f"({part})" for part, _ in parts), _CONDITION
    if head == "-" and len(parts) == 1:
        return f"-{_within(parts[0], _POWER)}", _PRODUCT
    if head in ("+", "-"):
        first, *others = parts
        tight = _PRODUCT if head == "-" else _SUM
        return f" {head} ".join(
            [_within(first, _SUM), *(_after(_within(o, tight)) for o in others)]
        ), _SUM
    if head in ("*", "/"):
        first, *others = parts
        tight = _POWER
        return head.join([_within(first, _PRODUCT), *(_within(o, tight) for o in others)]), _PRODUCT
    if head == "pow":
        return f"{_within(parts[0], _ATOM)}^{_within(parts[1], _ATOM)}", _POWER
    if head == "fma":
        u, v, w = parts
        return _operation("+", [_operation("*", [u, v]), w])
    if head == "copysign":  # of what may have any sign
        u, v = (part for part, _ in parts)
        return f"abs({u}) if {v} >= 0 else -abs({u})", _CONDITIONAL
    if head == "atan2" and parts[0][0] == "1":
        return f"pi/2 - atan({parts[1][0]})", _SUM
    if head in _FUNCTIONS:
        return f"{_FUNCTIONS[head]}({', '.join(part for part, _ in parts)})", _ATOM
    raise Untranslatable(head)


def _within(part: Text, binding: int) -> str:
    """A part in brackets where it binds less tightly than what it stands in."""
    return part[0] if part[1] >= binding else f"({part[0]})"


def _after(text: str) -> str:
    """What follows a sign between terms, in brackets where it begins with a sign itself."""
    return f"({text})" if text.startswith("-") else text


# --- preconditions ---

Span = tuple[float, float]


def _intervals(condition: Expression, name: str) -> list[Span]:
    """Where a condition on x holds, as intervals with their ends."""
    head, args = condition[0], condition[1:]
    if head == "and":
        found = [(-math.inf, math.inf)]
        for each in args:
            found = _met(found, _intervals(each, name))
        return found
    if head == "or":
        return [span for each in args for span in _intervals(each, name)]
    if head == "!=":
        return [(-math.inf, math.inf)]
    if head in _OPPOSITE:
        found = [(-math.inf, math.inf)]
        for a, b in pairwise(args):
            found = _met(found, _between(head, a, b, name))
        return found
    raise Untranslatable(head)


def _met(first: list[Span], second: list[Span]) -> list[Span]:
    both = [(max(a, c), min(b, d)) for a, b in first for c, d in second]
    return [(a, b) for a, b in both if a < b]


def _between(head: str, a: Expression, b: Expression, name: str) -> list[Span]:
    if _constant(a) is not None:
        a, b, head = b, a, _OPPOSITE[head]
    bound = _constant(b)
    below = head in ("<", "<=")
    if bound is None or head == "==":
        raise Untranslatable(str(b))
    if a == name:
        return [(-math.inf, bound) if below else (bound, math.inf)]
    if a == ["fabs", name]:
        return [(-bound, bound)] if below else [(-math.inf, -bound), (bound, math.inf)]
    raise Untranslatable(str(a))


def _constant(e: Expression) -> float | None:
    if isinstance(e, str):
        if _NUMBER.fullmatch(e):
            top, _, bottom = e.partition("/")
            return float(Fraction(top) / Fraction(bottom or 1))
        return {"PI": math.pi, "E": math.e}.get(e)
    rules: dict[str, Callable[..., float]] = {
        "-": lambda a, b=None: -a if b is None else a - b,
        "/": lambda a, b: a / b,
        "*": lambda a, b: a * b,
    }
    values = [_constant(a) for a in e[1:]]
    return None if e[0] not in rules or None in values else rules[e[0]](*values)


# --- what mpmath says ---


def _known_domain(tree: Any) -> str:
    from mpmath import mp
    from rigour import mp_value

    from actx.core.domain import parse_domain
    from actx.language.tree import walk

    oscillates = any(part.op in ("sin", "cos", "tan") for part in walk(tree))
    for text in (_WINDOW, *USUAL) if oscillates else USUAL:
        values = (mp_value(tree, x, overflow=mp.inf) for x in _places(parse_domain(text)))
        if not any(map(mp.isnan, values)):
            return text
    raise Untranslatable("defined nowhere")


def _places(domain: Any) -> Iterator[Any]:
    from rigour import to_mp

    for part in domain.parts:
        lo, hi = max(part.lo, -1e3), min(part.hi, 1e3)
        if hi < lo:
            lo, hi = (part.lo, 2 * part.lo) if part.lo > 0 else (2 * part.hi, part.hi)
        for k in range(1, 60):
            yield to_mp(Fraction(lo) + (Fraction(hi) - Fraction(lo)) * Fraction(k * k, 3607))
            yield to_mp(Fraction(hi) - (Fraction(hi) - Fraction(lo)) * Fraction(k * k, 3607))
        for k in range(-30, 50):
            x = Fraction(3, 7) * Fraction(4) ** k
            yield from (to_mp(s * x) for s in (1, -1) if part.lo < s * x < part.hi)


def same(f: Any, g: Any, domain: Any) -> bool:
    """Whether mpmath finds two trees to be equal all over a domain, as far as 100 digits tell."""
    from mpmath import mp
    from rigour import mp_value

    for x in _places(domain):
        a, b = mp_value(f, x, overflow=mp.inf), mp_value(g, x, overflow=mp.inf)
        if mp.isfinite(a) and mp.isfinite(b):
            if abs(a - b) > mp.mpf(10) ** -100 * max(1, abs(a)):
                return False
        elif mp.isnan(a) or mp.isnan(b):
            return False
    return True


def main(folder: Path) -> None:
    from mpmath import mp

    from actx.calculus.reading import read_formulas
    from actx.core.domain import parse_domain
    from actx.registry import load_registry

    known = load_registry()
    mp.dps = 200

    def tree(text: str) -> Any:
        return read_formulas([text], None, known)[0].bound

    for file in sorted(folder.rglob("*.fpcore")):
        for core in cores(file.read_text(encoding="utf-8")):
            f = tree(core["formula"])
            domain = core["domain"] or _known_domain(f)
            span = parse_domain(domain)
            print("\n[[formulas]]")
            print(f"file = {json.dumps(str(file.relative_to(folder)))}")
            for name, text in (core | {"domain": domain}).items():
                if name != "rewrites":
                    print(f"{name} = {json.dumps(text)}")
            for rewrite in core["rewrites"]:
                print("[[formulas.rewrites]]")
                print(f"formula = {json.dumps(rewrite)}")
                print(f"equal = {json.dumps(same(f, tree(rewrite), span))}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
