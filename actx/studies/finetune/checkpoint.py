"""Checkpoints: a folder with the state of each network after its last epoch.

Each file is written whole or not at all, so that whatever ends the program loses one epoch at most.
"""

from __future__ import annotations

import io
import json
import pickle
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from actx.core.errors import TrainingError, UsageError
from actx.core.files import replace_file, shown

_SETTINGS = "settings.json"


class Checkpoints:
    """The states of an experiment, in a folder; in none at all, nothing is kept.

    Made by `begin` and `resume`.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def load(self, stage: str) -> dict[str, Any] | None:
        """The state that was saved last, None where there is none. Raises TrainingError."""
        if self.folder is None:
            return None
        path = self.folder / f"{stage}.pt"
        if not path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
        except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
            raise TrainingError(
                f"The checkpoint {shown(path)} cannot be read ({type(error).__name__}). "
                "Remove this file to train that network again."
            ) from error
        return state

    def save(self, stage: str, state: Mapping[str, Any]) -> None:
        """Keep the state of a network. Raises TrainingError where it cannot be written."""
        if self.folder is None:
            return
        content = io.BytesIO()
        torch.save(dict(state), content)
        self._write(self.folder / f"{stage}.pt", content.getvalue())

    def _write(self, path: Path, content: bytes) -> None:
        try:
            replace_file(path, content)
        except OSError as error:
            raise TrainingError(
                f"The checkpoint {shown(path)} cannot be written: {error.strerror or error}. "
                "What was saved before is kept."
            ) from error

    def describe(self, settings: Mapping[str, Any]) -> None:
        """Keep what the experiment is, so that no other one goes on from here."""
        if self.folder is not None:
            text = json.dumps(settings, indent=2, sort_keys=True)
            self._write(self.folder / _SETTINGS, text.encode())


def begin(folder: Path | None, settings: Mapping[str, Any]) -> Checkpoints:
    """New checkpoints in a folder that has none yet, or None to keep nothing.

    Raises UsageError where it has some, TrainingError where it cannot be made.
    """
    if folder is not None:
        if (folder / _SETTINGS).exists():
            raise UsageError(
                f"The folder {shown(folder)} has checkpoints already.",
                "Go on from them with {resume}, or choose another folder.",
                resume=True,
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(
                f"The folder {shown(folder)} for checkpoints cannot be made: "
                f"{error.strerror or error}."
            ) from error
    made = Checkpoints(folder)
    made.describe(settings)
    return made


def resume(folder: Path, settings: Mapping[str, Any]) -> Checkpoints:
    """The checkpoints in a folder, if they are those of these settings. Raises UsageError."""
    try:
        saved = json.loads((folder / _SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The folder {shown(folder)} has no checkpoints to resume from.",
            "Begin with {checkpoint} alone.",
            checkpoint=shown(folder),
        ) from error
    wanted = json.loads(json.dumps(settings))  # in the types that come back from a file
    differing = [
        f"{name} is {wanted.get(name)!r} now and was {saved.get(name)!r}"
        for name in sorted({*wanted, *saved})
        if wanted.get(name) != saved.get(name)
    ]
    if differing:
        raise UsageError(
            f"The checkpoints in {shown(folder)} are those of another experiment: "
            f"{'; '.join(differing)}."
        )
    for draft in folder.glob(".actx-*.tmp"):  # what an end in the middle of writing left
        with suppress(OSError):
            draft.unlink()
    return Checkpoints(folder)
