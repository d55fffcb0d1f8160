"""The data: sets that ship with scikit-learn, so that nothing is downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.core.errors import optional_module
from actx.studies.finetune.results import DATASETS

TESTING = 0.25  # share of the examples that are held back


@dataclass(frozen=True)
class Data:
    """Examples, one a row, and their classes; for training and held back for tests.

    mean, deviation: what features were shifted and scaled by; None for examples as they came.
    """

    train_x: NDArray[Any]
    train_y: NDArray[np.int64]
    test_x: NDArray[Any]
    test_y: NDArray[np.int64]
    classes: int
    mean: NDArray[np.float64] | None = None
    deviation: NDArray[np.float64] | None = None

    @property
    def features(self) -> int:
        return int(np.prod(self.train_x.shape[1:]))


def load(name: str, seed: int) -> Data:
    """A set of DATASETS, split by the seed with all classes in both parts.

    Each feature is shifted and scaled to mean 0 and deviation 1 over the training examples. Raises
    MissingPackageError without scikit-learn.
    """
    x, y = _examples(name)
    from sklearn.model_selection import train_test_split

    train_x, test_x, train_y, test_y = train_test_split(
        x, y, test_size=TESTING, random_state=seed, stratify=y
    )
    mean, deviation = train_x.mean(axis=0), train_x.std(axis=0)
    deviation[deviation == 0] = 1.0  # a feature that is the same in all examples
    return Data(
        ((train_x - mean) / deviation).astype(np.float32),
        train_y.astype(np.int64),
        ((test_x - mean) / deviation).astype(np.float32),
        test_y.astype(np.int64),
        int(y.max()) + 1,
        mean,
        deviation,
    )


def _examples(name: str) -> tuple[Any, Any]:
    purpose = "The data of the experiment comes with scikit-learn"
    datasets = optional_module("sklearn.datasets", purpose, "finetune")
    found: tuple[Any, Any] = getattr(datasets, DATASETS[name])(return_X_y=True)
    return found
