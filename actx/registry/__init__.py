"""The formulas that have a name: the built-in ones and those of the user's own files."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from actx.registry.entry import Entry, Parameter
from actx.registry.lookup import Registry

if TYPE_CHECKING:
    from actx.arithmetic.tables import Table

__all__ = ["Entry", "Parameter", "Registry", "load_registry", "user_file"]

_BUILT_IN = "formulas.toml"


def load_registry(
    *files: str | Path,
    user: bool = True,
    tables: Mapping[str, str | Path | Table] | None = None,
) -> Registry:
    """The built-in formulas, with those of the user's registry files.

    files: TOML files in the shape of the built-in one. user: whether the file in the user's
    configuration directory (`user_file`) joins in, if there is one. A file is read once, however
    often it is named. tables: broken lines by name, each the path of a .csv or .txt file with two
    columns, x and y, or a `Table`. Raises RegistryError, naming file, entry and reason.
    """
    paths = [Path(file) for file in files]
    if user and os.path.exists(own := user_file()):
        paths.insert(0, own)
    if not paths:
        return Registry((), base=_built_in(), tables=tables) if tables else _built_in()
    from actx.registry.reading import read_file

    once: dict[str, Path] = {}
    for path in paths:
        once.setdefault(os.path.abspath(path), path)
    entries = [entry for path in once.values() for entry in read_file(path)]
    registry = Registry(entries, base=_built_in())
    registry.check()
    return Registry((), base=registry, tables=tables) if tables else registry


def user_file() -> Path:
    """Where the user's own formulas are looked for: `formulas.toml` in the directory for settings.

    It is `$XDG_CONFIG_HOME/actx` or `~/.config/actx`, on macOS `~/Library/Application Support/actx`
    and on Windows `%APPDATA%\\actx`; the same that `typer.get_app_dir("actx")` gives.
    """
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        directory = Path(os.environ.get("APPDATA") or home)
    elif sys.platform == "darwin":
        directory = home / "Library" / "Application Support"
    else:
        directory = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return directory / "actx" / "formulas.toml"


@cache
def _built_in() -> Registry:
    from importlib.resources import files

    from actx.registry.reading import read_text

    text = (files(__name__) / _BUILT_IN).read_text(encoding="utf-8")
    return Registry(read_text(text, f"the built-in {_BUILT_IN}"))
