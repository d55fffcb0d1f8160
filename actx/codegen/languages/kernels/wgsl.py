"""The kernels of floats in WGSL: their C, of which they use little, said in other words.

WGSL has no `?:`, no casts and no changing of arguments; a constant is a `let`, a shift is unsigned.
And compilers may take a sum apart, as if nothing was rounded: a whole number is found by `round`,
and what only adds the rounding errors of a sum is worth nothing there, but does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TYPES = {
    "float": "f32",
    "double": "f32",
    "uint32_t": "u32",
    "int32_t": "i32",
    "int": "bool",
}  # int: of a condition
_WORDS = {
    "fabsf": "abs",
    "fmaf": "fma",
    "copysignf": "copysign",
    "bits_of_float": "bitcast<u32>",
    "float_of_bits": "bitcast<f32>",
    "INFINITY": "infinity()",
    "NAN": "not_a_number()",
}
_HEAD = re.compile(r"INLINE float (?P<name>\w+)\(\s*(?P<arguments>[^)]*)\) \{\n", re.DOTALL)
_CHOICE = re.compile(r"#if [^\n]*\n.*?#else\n(?P<other>.*?)#endif\n", re.DOTALL)
_COMMENT = re.compile(r" */\*.*?\*/", re.DOTALL)
_DECLARED = re.compile(
    r"(?P<const>const )?(?P<type>float|double|uint32_t|int32_t|int) (?P<rest>.*)", re.DOTALL
)
_CAST = re.compile(r"\((float|double|uint32_t|int32_t)\)(\w*)")
_SHIFT = re.compile(r"(<<|>>) (\d+)(?!\d|u)")


# Rounding by a number so large that it has no fractions, and the same by a function.
_ROUNDED = {
    "const float shifted = u * 1.44269504f + shift": "const float whole = round(u * 1.44269504f)",
    "const float whole = shifted - shift": "",
    "const float shift = 12582912.0f": "",
    "*n = bits_of_float(shifted)": "*n = bits_of_float(12582912.0f) + (uint32_t)((int32_t)whole)",
}


def function(text: str) -> str:
    """A function of C in WGSL, with what is said above it."""
    head = _HEAD.search(text)
    assert head is not None, text
    remark = text[: head.start()]
    code = _COMMENT.sub("", _CHOICE.sub(lambda found: found["other"], text[head.end() :]))
    statements = [part.strip() for part in code[: code.rindex("}")].split(";")]
    statements = [known for part in statements if (known := _ROUNDED.get(part, part))]
    arguments = [_argument(each) for each in head["arguments"].split(",")]
    changed = [name for name, _ in arguments if any(s.startswith(f"{name} ") for s in statements)]
    given = ", ".join(f"{name}{'_' * (name in changed)}: {kind}" for name, kind in arguments)
    lines = [f"var {name} = {name}_;" for name in changed]
    for each in statements:
        lines += [f"{line};" for line in _statement(each)]
    body = "\n".join(f"    {line}" for line in lines)
    return f"{remark}fn {head['name']}({given}) -> f32 {{\n{body}\n}}"


def _argument(text: str) -> tuple[str, str]:
    kind, name = text.split()
    if name.startswith("*"):
        return name[1:], f"ptr<function, {_TYPES[kind]}>"
    return name, _TYPES[kind]


def _statement(text: str) -> Iterator[str]:
    """A statement without its end; a declaration of several names as one of each."""
    declared = _DECLARED.fullmatch(text)
    if declared is None:
        yield _expression(text)
        return
    keyword = "let" if declared["const"] else "var"
    for each in _split(declared["rest"], ","):
        name, equals, value = each.strip().partition(" = ")
        kind = _TYPES[declared["type"]]
        yield f"{keyword} {name} = {_expression(value)}" if equals else f"var {name}: {kind}"


def _expression(text: str) -> str:
    """An expression, or a statement that holds one behind `return` or `=`."""
    text = _CAST.sub(lambda c: f"{_TYPES[c[1]]}" + (f"({c[2]})" if c[2] else ""), text)
    text = _SHIFT.sub(r"\1 \2u", text)
    text = re.sub(r"\b[a-zA-Z_]\w*\b", lambda word: _WORDS.get(word[0], word[0]), text)
    for start in ("return ", *(f"{name} = " for name in re.findall(r"^(\*?\w+) = ", text))):
        if text.startswith(start):
            return start + _selected(text[len(start) :])
    return _selected(text)


def _selected(text: str) -> str:
    """With `select` for each `?:`, those in brackets first."""
    found, depth, start = "", 0, 0
    for i, sign in enumerate(text):
        if sign == "(":
            depth += 1
            if depth == 1:
                found, start = found + text[start : i + 1], i + 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                found += ", ".join(_selected(p.strip()) for p in _split(text[start:i], ","))
                start = i
    text = found + text[start:]
    condition, *others = _split(text, "?", 1)
    if not others:
        return text
    rest, levels = others[0], 0
    for i, sign in enumerate(rest):
        levels += (sign == "?") - (sign == ":")
        if levels < 0:
            yes, no = rest[:i].strip(), rest[i + 1 :].strip()
            return f"select({_selected(no)}, {_selected(yes)}, {condition.strip()})"
    raise AssertionError(text)


def _split(text: str, sign: str, most: int = -1) -> list[str]:
    """Parts between signs that stand in no brackets."""
    parts, depth = [""], 0
    for each in text:
        depth += (each == "(") - (each == ")")
        if each == sign and depth == 0 and len(parts) - 1 != most:
            parts.append("")
        else:
            parts[-1] += each
    return parts
