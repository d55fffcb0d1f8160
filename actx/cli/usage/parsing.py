"""How a command line is read when a formula may begin with a minus sign.

typer (or the click it is built on) takes every word that begins with `-` for an option. Here a
word is an option only if the command knows it; a `--word` that looks like an option but is none is
an error with a suggestion; everything else, such as `-x*sigmoid(x)` or `-2x`, is an argument.

Values are handed on as the text that was typed; each command reads its own (actx/cli/options.py).
That also spares the import of pydantic, which newer typer converts values with and which takes
longer than all of `actx list`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from actx.cli.usage import help
from actx.core.errors import ExitStatus

_LOOKS_LIKE_AN_OPTION = re.compile(r"--[A-Za-z][\w-]*(=.*)?", re.DOTALL)


class FormulaCommand(TyperCommand):
    """A command whose arguments may begin with a minus sign and whose values are text."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Fill `ctx.params`; help and shell completion are left to typer."""
        if ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        try:
            values = read(args, self.get_params(ctx), (*ctx.help_option_names, help.ALL))
        except OptionError as error:
            ctx.fail(str(error))
        if values is None:
            if help.ALL in args:
                help.ask_for_all(ctx)
            return super().parse_args(ctx, ["--help"])
        ctx.params.update(values)
        ctx.args = []
        return []

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """What the command does, and examples."""
        whole, self.help = self.help, help.text(self, ctx)
        super().format_help_text(ctx, formatter)
        self.help = whole

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments and options in groups."""
        help.write_options(self, ctx, formatter)


class ActxGroup(TyperGroup):
    """The group of commands; alone it shows its help, an unknown one gets a suggestion."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Show what can be done if nothing is asked."""
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            ctx.exit(ExitStatus.DONE)
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The commands in groups."""
        help.write_commands(self, ctx, formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; fail with the nearest known name where there is none."""
        name = args[0]
        if name not in self.commands and not ctx.resilient_parsing:
            near = get_close_matches(name, self.commands, n=1)
            hint = (
                f"Did you mean {near[0]!r}?"
                if near
                else f"The commands are {', '.join(self.commands)}."
            )
            ctx.fail(f"There is no command {name!r}. {hint}")
        return super().resolve_command(ctx, args)


class OptionError(Exception):
    """Words that do not fit the command; the message says which and why."""


Value = str | bool | list[str] | None


def read(
    args: Iterable[str], params: Sequence[Any], help_names: Iterable[str]
) -> dict[str, Value] | None:
    """The value of each parameter by its name; None if help is asked for. Raises OptionError.

    An option's value is the next word, whatever it begins with (`--domain -5:5`), or follows `=`.
    """
    options = {
        name: param
        for param in params
        if param.param_type_name == "option"
        for name in (*param.opts, *param.secondary_opts)
    }
    values: dict[str, Value] = {param.name: _default(param) for param in params}
    values = {name: value for name, value in values.items() if name != "help"}
    arguments: list[str] = []
    words = iter(args)
    for word in words:
        name, equals, value = word.partition("=")
        param = options.get(name)
        if word == "--":
            arguments.extend(words)
        elif word in help_names:
            return None
        elif param is not None and not param.is_flag:
            _store(values, param, name, value if equals else next(words, None))
        elif param is not None:
            if equals:
                raise OptionError(f"The option {name} takes no value.")
            values[param.name] = name not in param.secondary_opts
        elif _LOOKS_LIKE_AN_OPTION.fullmatch(word) or f"-{name}" in options:
            raise OptionError(_no_such_option(name, options))
        else:
            arguments.append(word)
    _assign(values, arguments, [p for p in params if p.param_type_name == "argument"])
    _require(values, params)
    return values


def _default(param: Any) -> Value:
    default: Value = param.default
    return [] if default is None and (param.multiple or param.nargs == -1) else default


def _store(values: dict[str, Value], param: Any, name: str, value: str | None) -> None:
    if value is None:
        raise OptionError(f"The option {name} needs a value.")
    stored = values[param.name]
    values[param.name] = [*stored, value] if isinstance(stored, list) else value


def _assign(values: dict[str, Value], words: Sequence[str], params: Iterable[Any]) -> None:
    """Give the arguments their words, the last one all that are left if it takes many."""
    rest = list(words)
    for param in params:
        if param.nargs == -1:
            values[param.name], rest = rest, []
        elif rest:
            values[param.name] = rest.pop(0)
    if rest:
        raise OptionError(
            f"There is one argument too many: {rest[0]!r}. A formula with blanks is put in quotes."
        )


def _require(values: dict[str, Value], params: Iterable[Any]) -> None:
    for param in params:
        if param.required and values[param.name] in (None, []):
            if param.param_type_name == "argument":
                raise OptionError(f"The argument {param.metavar} is missing.")
            shown = f"{min(param.opts, key=len)} {param.metavar}"
            raise OptionError(f"The option {shown} is missing. {param.help}")


def _no_such_option(word: str, known: Iterable[str]) -> str:
    near = get_close_matches("-" + word.lstrip("-"), ["-" + k.lstrip("-") for k in known], n=1)
    if near:
        return f"There is no option {word}. Did you mean -{near[0]}?"
    return (
        f"There is no option {word}. A formula that begins with two minus signs is put in "
        "brackets or after `--`."
    )


def usage_errors() -> tuple[type[Exception], ...]:
    """The base class of typer's own errors.

    It is click's in older typer and typer's own copy in newer, and has no public name in both.
    """
    return (typer.BadParameter.mro()[2],)


# What options are called that are not named like the argument of the call.
_NAMED = {"bounds": "--bound", "costs": "--cost", "output": "-o", "replacement": "--with"}


def as_option(argument: str, value: object) -> str:
    """An argument of a call as its option has it, by its name alone where there is no value."""
    option = _NAMED.get(argument, f"--{argument.rstrip('_').replace('_', '-')}")
    match value:
        case None | True:
            return option
        case dict():
            return " ".join(f"{option} {name}={item}" for name, item in value.items())
        case (lo, hi):
            return f"{option} {lo}:{hi}"
    return f"{option} {value}"
