"""The `actx` program: its commands, and how a run ends."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Annotated, Any

import typer

from actx.cli.options import StoppedError
from actx.cli.usage.help import FIND, LOOK, USE
from actx.cli.usage.parsing import ActxGroup, FormulaCommand, as_option, usage_errors
from actx.core.errors import ActxError, ExitStatus
from actx.present.terminal import ReaderGoneError, printable

CONTEXT = {"help_option_names": ["--help", "-h"], "max_content_width": 100}

# The module of each command, by what it is for; its function has the command's name, where that is
# none of Python's.
PANELS: dict[str, tuple[str, ...]] = {
    LOOK: ("list", "show", "compare", "kinks", "plot", "explore", "report"),
    FIND: ("fit", "search", "table", "prove"),
    USE: ("export", "bench", "morph", "finetune", "model"),
}
COMMANDS = tuple(name for names in PANELS.values() for name in names)
_FUNCTIONS = {"list": "list_formulas"}


def _print_version(wanted: bool) -> None:
    if wanted:
        from actx import __version__

        typer.echo(f"actx {__version__}")
        raise typer.Exit


def actx(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Explore approximations of activation functions on the whole real line.

    A FORMULA is a name from `actx list`, an alias, or text such as "2x*sigmoid(a*x)".

    \b
    Examples:
      actx compare hard-mish mish
      actx fit "2x*sigmoid(a*x)" --target mish
      actx explore "2x*sigmoid(a*x)" -o page.html
    """


def program(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The program with some of its commands; each one's module is imported for it."""
    # Plain help: rich's boxes would double the time that `actx --help` takes.
    app = typer.Typer(
        name="actx",
        cls=ActxGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=False,
        context_settings=CONTEXT,
    )
    app.callback()(actx)
    panels = {name: panel for panel, known in PANELS.items() for name in known}
    for name in names:
        function = getattr(import_module(f"actx.cli.{name}"), _FUNCTIONS.get(name, name))
        panel = panels[name]
        made = app.command(
            name, cls=FormulaCommand, context_settings=CONTEXT, rich_help_panel=panel
        )
        made(function)
    return app


def main(args: Sequence[str] | None = None) -> int:
    """Run the program with `args` (default: the process's own) and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    gc.set_threshold(400_000)  # a short process that keeps most of what it makes
    # else the threads of NumPy's and SciPy's libraries wait busily for work, a tenth of a second
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
    status = _run(list(sys.argv[1:] if args is None else args))
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # What could not be written has been reported; Python's own flush at exit must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if "torch" not in sys.modules:  # a library beneath it complains of what is left
        gc.freeze()  # the process ends: there is no memory worth looking for
    return status


def _run(args: list[str]) -> int:
    try:
        return _dispatch(args)
    except ReaderGoneError:  # such as `head`, which has seen enough
        return ExitStatus.DONE
    except ActxError as error:
        return _complain(error.worded(as_option), error.status)
    except usage_errors() as error:
        return _complain(_usage(error), ExitStatus.USAGE)
    except StoppedError as stopped:
        return _complain(str(stopped), ExitStatus.INTERRUPTED)
    except (KeyboardInterrupt, typer.Abort):
        return ExitStatus.INTERRUPTED
    except typer.Exit as error:
        return error.exit_code
    except OSError as error:
        name = f" ({error.filename})" if error.filename else ""
        return _complain(f"{error.strerror or error}{name}.", ExitStatus.FAILED)
    except Exception as error:
        if os.environ.get("ACTX_TRACEBACK"):
            raise
        return _complain(
            f"actx met an error of its own ({type(error).__name__}: {error}). "
            "Please report it; with ACTX_TRACEBACK=1 in the environment the place is shown.",
            ExitStatus.FAILED,
        )


def _dispatch(args: list[str]) -> int:
    """Run a command, or the program's own options (--help, --version, completion)."""
    alone = args[0] if args and args[0] in COMMANDS else None
    command: Any = typer.main.get_command(program(COMMANDS if alone is None else (alone,)))
    name = "actx"
    if alone is not None:
        # Straight to the command: newer typer would import pydantic for the program's options.
        command, name, args = command.commands[alone], f"actx {alone}", args[1:]
    return int(command.main(args, prog_name=name, standalone_mode=False) or 0)


def _usage(error: Any) -> str:
    """typer's message and where to read on, as one paragraph."""
    message = " ".join(error.format_message().replace("Value error, ", "").split())
    message = message if message.endswith((".", "?")) else f"{message}."
    context = getattr(error, "ctx", None)
    return f"{message} See `{context.command_path if context else 'actx'} --help`."


def _complain(message: str, status: int) -> int:
    if sys.stderr is not None:
        with suppress(OSError):  # nobody reads it
            print(f"Error: {printable(message)}", file=sys.stderr)
    return status
