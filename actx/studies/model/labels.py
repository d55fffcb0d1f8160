"""What rows of the outputs should say, from an array or from a file that is not trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.core.inputs import DataError, inputs_of


def labels_of(given: Any, examples: int) -> NDArray[np.int64]:
    """The number of the entry that should be the largest, one for each of so many examples.

    given: whole numbers from 0 on, or a .npy, .npz, .csv or .txt file of them. More than there are
    examples are left out, as incomplete batches are. Raises DataError.
    """
    numbers = inputs_of(given)
    where = f"The file {str(given)!r}" if isinstance(given, str | Path) else "The array"
    wrong = numbers[(numbers < 0) | (numbers != np.floor(numbers)) | (numbers >= 2**53)]
    if wrong.size:
        raise DataError(
            f"{where} has the label {wrong[0]:g}; a label is a whole number from 0 on, the place "
            "of the entry that should be the largest."
        )
    if len(numbers) < examples:
        raise DataError(
            f"{where} has {len(numbers):,} labels; there are {examples:,} examples, and each has "
            "one."
        )
    return numbers[:examples].astype(np.int64)
