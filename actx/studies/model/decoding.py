"""Outputs of sequences as the texts that are read from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.core.errors import ModelError, UsageError
from actx.core.files import shown

CTC = "ctc"
_FORMS = f"{CTC}, where the blank is the first entry, or {CTC}:N with its number N, -1 for the last"


@dataclass(frozen=True)
class Decoding:
    """Connectionist temporal classification, read greedily: of each step the largest entry, what
    comes several times in a row once, and no blanks.

    Source: Graves et al., ICML 2006, section 3.2.1, best path decoding. blank: its number, from the
    end on where it is below 0.
    """

    blank: int = 0

    @property
    def text(self) -> str:
        """As it is asked for."""
        return f"{CTC}:{self.blank}" if self.blank else CTC

    def has_texts(self, output: Any) -> bool:
        """Whether an output is of sequences: of rows, or of the largest entries themselves."""
        if output.dtype.kind in "iu":
            return bool(output.ndim == 2)
        return bool(output.ndim == 3 and output.shape[-1] > 1)

    def read(self, output: Any, examples: int) -> list[NDArray[Any]]:
        """The text of each example, as numbers of entries.

        output: one that has texts, of so many examples. Raises ModelError where they do not lie
        along its first axis, or there is no such blank.
        """
        if len(output) != examples:
            shape = " × ".join(map(str, output.shape))
            raise ModelError(
                f"Texts are read from outputs with examples along the first axis; {examples} "
                f"examples together give an output of the shape {shape}."
            )
        steps, blank = output, self.blank
        if output.dtype.kind not in "iu":
            entries = output.shape[-1]
            if not -entries <= blank < entries:
                raise ModelError(f"There is no blank {blank} among the {entries} entries of a row.")
            steps, blank = output.argmax(axis=-1), blank % entries
        elif blank < 0:
            raise ModelError(
                "The network gives out the largest entries by themselves, so that the number of "
                "the blank is counted from the first on; it cannot be below 0."
            )
        new = np.ones(steps.shape, bool)
        new[:, 1:] = steps[:, 1:] != steps[:, :-1]
        return [row[kept] for row, kept in zip(steps, new & (steps != blank), strict=True)]


def same(before: Sequence[NDArray[Any]], after: Sequence[NDArray[Any]]) -> int:
    """How many texts are the same."""
    return sum(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def decoding(given: str) -> Decoding:
    """What is asked for by `ctc` or `ctc:N`. Raises UsageError."""
    name, _, blank = given.strip().lower().partition(":")
    try:
        if name == CTC:
            return Decoding(int(blank) if given.count(":") else 0)
    except ValueError:
        pass
    raise UsageError(f"Outputs are read as texts by {_FORMS}; it cannot be {shown(given)!r}.")
