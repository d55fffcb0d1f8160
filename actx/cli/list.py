"""`actx list`."""

from __future__ import annotations

import actx
from actx.cli.options import JsonOption, RegistryOption


def list_formulas(registry: RegistryOption = None, json: JsonOption = False) -> None:
    """List the formulas that have a name.

    \b
    Examples:
      actx list
      actx list --registry my-formulas.toml --json
    """
    from actx.present.terminal import write_json, write_tables

    entries = actx.load_registry(*registry or ()).entries
    if json:
        from actx.present.json import formulas

        write_json(formulas(entries))
    else:
        from actx.present.sheets.listing import listing

        write_tables(listing(entries))
