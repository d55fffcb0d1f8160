"""What OpenCL and Metal take from the C code: kernels of what they have no function for.

Their own functions are called by the names of <math.h> without an ending, for each type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from actx.codegen.languages import kernels
from actx.codegen.languages.c_family import Real

INLINE = "static inline"
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


def own_operations(real: Real, names: Iterable[str]) -> dict[str, str]:
    """How the operations of these names are called, of which there are kernels."""
    return {name: call for name, call in kernels.operations(real).items() if name in names}


def own_functions(used: set[str], real: Real, bits: Mapping[str, str], pointer: str) -> list[str]:
    """The kernels of the operations that are used, as functions of the language.

    bits: how the bits of a float, and a float by its bits, are written. pointer: what stands before
    the type that a pointer points to.
    """
    texts = kernels.kernels(used, real)
    return [
        _own(text, bits, pointer)
        for text in texts
        if not any(f" {n}(" in text.split("{")[0] for n in _BITS)
    ]


def _own(text: str, bits: Mapping[str, str], pointer: str) -> str:
    words = {**_WORDS, **bits}
    text = re.sub(r"\b(uint32_t|float) \*", rf"{pointer}\1 *", text)
    return re.sub(r"\b\w+\b", lambda word: words.get(word[0], word[0]), text)
