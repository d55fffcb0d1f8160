"""How help is written: what people need first within a screen, the rest on request.

An option without a panel (typer's `rich_help_panel`) is told in `--help`; of those with one only
the names are, under the panel's, and `--help-all` tells them as well. It is plain text: rich's
boxes would double the time that help takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

ALL = "--help-all"
FORM = "Form of the answer"
PROOFS = "Proofs"
FORMULAS = "Formulas"
GOAL = "What is made small"
KEEPS = "What it keeps to"
SHAPE = "What pieces are like"
INTEGERS = "Tables of integers"
CODE = "Code"
TYPES = "Number types"
SEARCHING = "What a search tries"
SEARCHED = "A search for replacements"
TRAINING = "How it is trained"
PRUNED = "Pruning"
GIVEN = "A network of yours"
RUNS = "The run"
LOOK, FIND, USE = "Look at formulas", "Find better ones", "Take them along"  # of commands

EXAMPLES = 3  # that a short help shows
_WHOLE = "actx.help.whole"


def ask_for_all(context: Any) -> None:
    """Have the help of this run tell everything."""
    context.meta[_WHOLE] = True


def write_options(command: Any, context: Any, formatter: Any) -> None:
    """The arguments and options of a command."""
    groups: dict[str | None, list[Any]] = {"Arguments": [], None: []}
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record is not None:
            argument = param.param_type_name == "argument"
            panel = "Arguments" if argument else getattr(param, "rich_help_panel", None)
            groups.setdefault(panel, []).append((param, record))
    first = {"Arguments": groups.pop("Arguments"), "Options": groups.pop(None)}
    whole = _WHOLE in context.meta
    for title, told in (first | (groups if whole else {})).items():
        if told:
            with formatter.section(title):
                formatter.write_dl([record for _, record in told])
    if groups and not whole:
        with formatter.section(f"More options (`{context.command_path} {ALL}` tells them)"):
            formatter.write_dl([(title, _names(told)) for title, told in groups.items()])


def _names(told: Iterable[tuple[Any, Any]]) -> str:
    return ", ".join(max(param.opts, key=len) for param, _ in told)


def text(command: Any, context: Any) -> str:
    """What a command does, with its first examples, or all of them."""
    lines = str(command.help or "").splitlines()
    return "\n".join(lines if _WHOLE in context.meta else _shortened(lines))


def _shortened(lines: list[str]) -> Iterator[str]:
    examples = [line for line in lines if line.strip().startswith("actx ")]
    left_out = set(islice(examples, EXAMPLES, None))
    yield from (line for line in lines if line not in left_out)


def write_commands(group: Any, context: Any, formatter: Any) -> None:
    """The commands under what they are for."""
    panels: dict[str, list[tuple[str, str]]] = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        panel = getattr(command, "rich_help_panel", None) or "Commands"
        panels.setdefault(panel, []).append((name, command.get_short_help_str(limit=100)))
    for title, rows in panels.items():
        with formatter.section(title):
            formatter.write_dl(rows)
