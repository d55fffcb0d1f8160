"""`actx list`."""

from __future__ import annotations

from typing import Annotated

import typer

import actx
from actx.cli.options import JsonOption, RegistryOption, optional
from actx.core.errors import UsageError


def list_formulas(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORD]...",
            help="Only those that have all of these words about them.",
            show_default=False,
        ),
    ] = None,
    family: Annotated[
        str | None, optional("--family", "NAME", "Only those of a family, such as hard or gated.")
    ] = None,
    bib: Annotated[
        bool, typer.Option("--bib", help="Write their sources as BibTeX entries.")
    ] = False,
    registry: RegistryOption = None,
    json: JsonOption = False,
) -> None:
    """List the formulas that have a name.

    A word is looked for in names, aliases, formulas, sources and families.

    \b
    Examples:
      actx list
      actx list hard --family swish
      actx list gelu --bib
    """  # fmt: skip
    from actx.present.terminal import write_json, write_tables

    known = actx.load_registry(*registry or ()).entries
    families = sorted({entry.family for entry in known})
    if family is not None and family not in families:
        from actx.language.tokens import suggestion

        raise UsageError(
            f"There is no family {family!r}; there are {', '.join(families)}."
            f"{suggestion(family, families)}"
        )
    entries = [
        entry
        for entry in known
        if family in (None, entry.family) and all(entry.tells(word) for word in words or ())
    ]
    if not entries:
        raise UsageError(f"No formula has {' '.join(words or ())!r} about it; `actx list` has all.")
    if bib and json:
        raise UsageError("--bib and --json are two forms; a run writes one.")
    if bib:
        from actx.present.bibliography import bibtex
        from actx.present.terminal import write

        write(bibtex(entries))
    elif json:
        from actx.present.json import formulas

        write_json(formulas(entries))
    else:
        from actx.present.sheets.listing import listing

        write_tables(listing(entries))
