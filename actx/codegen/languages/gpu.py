"""What OpenCL, Metal and GLSL have in common: functions of C, with kernels of what they lack.

Their own functions are called by the names of <math.h> without an ending, for each type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from actx.codegen.arithmetic import arithmetic
from actx.codegen.forms import Form
from actx.codegen.languages import c_family, kernels
from actx.codegen.languages.c_family import Real, helpers
from actx.codegen.lookups import Lookup, calling, lookups
from actx.codegen.task import Facts, Task, chosen, facts, lowering
from actx.codegen.text import Notation, Writing

INLINE = "static inline"
REALS: Mapping[str, Real] = {
    "float32": Real("float", "f", np.float32),
    "float64": Real("double", "", np.float64),
}
_BITS = ("bits_of_float", "float_of_bits")  # which the languages have, by other names
_WORDS: Mapping[str, str] = {  # of C99 that they have not got, or that mean something else
    "INLINE": INLINE,
    "uint32_t": "uint",
    "int32_t": "int",
    "half": "halved",
    "fabsf": "fabs",
    "fmaf": "fma",
    "copysignf": "copysign",
}


@dataclass(frozen=True)
class Dialect:
    """How a language writes what is C elsewhere.

    operations: its own. kernels: operations that are written out in float, with words that stand
    for others there, and what stands before the type that a pointer points to. array: what arrays
    are declared as; space: where pointers to them point. helpers: of operations. halves: what
    functions end in for types that are computed in float.
    """

    operations: Mapping[str, Writing]
    kernels: frozenset[str]
    words: Mapping[str, str]
    pointer: str = ""
    array: str = ""
    space: str = ""
    helpers: Mapping[str, str] = field(default_factory=lambda: c_family.HELPERS)
    halves: Mapping[str, str] = field(default_factory=dict)

    def written(self, real: Real) -> dict[str, Writing]:
        """How operations are written in a type."""
        return {**self.operations, **self.own(real)}

    def own(self, real: Real) -> dict[str, str]:
        """Those that are written out."""
        calls = kernels.operations(real) if real.name == "float" else {}
        return {name: call for name, call in calls.items() if name in self.kernels}

    def notation(self, real: Real, found: Sequence[Lookup] = ()) -> Notation:
        """How expressions are written."""
        return calling(c_family.notation(self.written(real), real), found, real.suffix)

    def function(self, name: str, form: Form, real: Real, how: Notation) -> str:
        """A function of x."""
        return c_family.function(f"{INLINE} {real.name} {name}({real.name} x)", form, how)

    def kernel_texts(self, used: Iterable[str], real: Real) -> list[str]:
        """The kernels of operations, those that they call above them."""
        texts = kernels.kernels(set(used) & self.own(real).keys(), real)
        heads = [(text, text.split("{")[0]) for text in texts]
        return [self._own(t) for t, head in heads if not any(f" {n}(" in head for n in _BITS)]

    def _own(self, text: str) -> str:
        text = re.sub(r"\b(uint32_t|float) \*", rf"{self.pointer}\1 *", text)
        words = {**_WORDS, **self.words}
        return re.sub(r"\b\w+\b", lambda word: words.get(word[0], word[0]), text)


@dataclass(frozen=True)
class Part:
    """The functions of one number type, after what they call.

    texts: of what they call, and of a function and its derivative, named in calls.
    """

    kept: str
    real: Real
    texts: tuple[str, ...]
    functions: tuple[str, ...]
    calls: tuple[tuple[str, str], ...]


def parts_of(task: Task, of: Dialect) -> tuple[list[Part], Facts, list[str]]:
    """The functions for each type, the facts, and what the head says of kernels."""
    found: list[Part] = []
    measured, told = [], []
    for type_name in task.types:
        half = of.halves.get(type_name)
        how = arithmetic(type_name, None if half is None else "float32")
        real = REALS[how.compute.name]
        made = chosen(task, [how], lowering(of.written(real)), frozenset(of.own(real)))
        measured.append((made.value, how))
        trees = made.value.form.tree, made.slope.form.tree
        used = c_family.used_operations(*trees)
        tables = lookups(f"{task.name}_table", trees)
        texts = of.kernel_texts(used, real)
        helping = helpers(used, of.helpers, INLINE, real)
        texts += ["\n".join(["/* A NaN in u comes out. */", *helping])] if helping else []
        texts += c_family.tables(tables, real, of.array, INLINE, of.space)
        written = of.notation(real, tables)
        calls, functions = [], []
        for what, choice in (("", made.value), ("_derivative", made.slope)):
            name = f"{task.name}{half or real.suffix}{what}"
            call = name if half is None else f"{name}_in_float"
            functions.append(of.function(call, choice.form, real, written))
            calls.append((name, call))
        told += kernels.told(used & of.own(real).keys(), real)
        found.append(Part(type_name, real, tuple(texts), tuple(functions), tuple(calls)))
    return found, facts(task, measured), list(dict.fromkeys(told))
