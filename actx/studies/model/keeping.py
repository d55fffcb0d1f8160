"""The file of a search in a network: what was measured and fitted, so that it can go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from actx.core.lines import Lines
from actx.language.text import to_text
from actx.language.tree import Node
from actx.studies.model.data import Inputs
from actx.studies.model.files import Network
from actx.studies.model.results import Effect, Outputs
from actx.studies.model.subject import Change

_FORMAT = "actx model 1"


class Kept(Lines):
    """Effects by what is where, parameters by what is fitted where, and times of places."""

    what = "search"
    words = MappingProxyType(
        {
            "network": "network (a digest)",
            "data": "data (a digest)",
            "decode": "reading of texts",
        }
    )

    def __init__(self, path: str | Path, header: Mapping[str, Any]) -> None:
        """header: as `header_of` makes it. Raises UsageError."""
        self.effects: dict[str, Effect] = {}
        self.fits: dict[str, dict[str, float]] = {}
        self.times: dict[str, float] = {}
        super().__init__(path, header)

    def take(self, item: Any) -> None:
        """A line of before."""
        if "effect" in item:
            self.effects[str(item["key"])] = _effect(item["effect"])
        elif "time" in item:
            self.times[str(item["key"])] = float(item["time"])
        else:
            self.fits[str(item["key"])] = {str(n): float(v) for n, v in item["fit"].items()}

    def add_effect(self, key: str, effect: Effect) -> None:
        self.effects[key] = effect
        self.append({"key": key, "effect": asdict(effect)})

    def add_times(self, times: Mapping[str, float]) -> None:
        """Those that are not in the file yet."""
        for key in times.keys() - self.times.keys():
            self.times[key] = times[key]
            self.append({"key": key, "time": times[key]})

    def add_fit(self, key: str, values: Mapping[str, float]) -> None:
        self.fits[key] = dict(values)
        self.append({"key": key, "fit": dict(values)})


def header_of(network: Network, inputs: Inputs, change: Change, labels: Any) -> dict[str, Any]:
    """What a search depends on: another network, other data or bounds are another search."""
    bounds = change.bounds
    assert bounds is not None
    return {
        "format": _FORMAT,
        "network": digest_of(network),
        "data": digest(inputs.arrays),
        "labels": None if labels is None else digest({"": labels}),
        "keep": bounds.keep,
        "tolerance": bounds.tolerance,
        "norm": change.norm.name,
        "decode": None if change.decode is None else change.decode.text,
        "costs": "time" if change.timed else None,
    }


def digest_of(network: Network) -> str:
    """What tells a network from others."""
    return sha256(network.proto.SerializeToString(deterministic=True)).hexdigest()


def digest(arrays: Mapping[str, Any]) -> str:
    """Of arrays, a part at a time."""
    import numpy as np

    made = sha256()
    for name, array in sorted(arrays.items()):
        made.update(f"{name} {array.dtype} {array.shape};".encode())
        for start in range(0, len(array), 256):
            made.update(np.ascontiguousarray(array[start : start + 256]).tobytes())
    return made.hexdigest()


def key(others: Mapping[int, Node]) -> str:
    """What tells some replacements from others."""
    return "; ".join(f"{i + 1}: {to_text(others[i])}" for i in sorted(others))


def _effect(item: Any) -> Effect:
    read = {name: Outputs(**item[name]) for name in ("before", "after")}
    return Effect(**{**item, **read, "time": None})
