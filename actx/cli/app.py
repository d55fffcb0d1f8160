"""The `actx` program: its commands, and how a run ends."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer

from actx.cli.bench import bench
from actx.cli.compare import compare
from actx.cli.export import export
from actx.cli.finetune import finetune
from actx.cli.fit import fit
from actx.cli.kinks import kinks
from actx.cli.list import list_formulas
from actx.cli.morph import morph
from actx.cli.parsing import ActxGroup, FormulaCommand, usage_errors
from actx.cli.plot import plot
from actx.cli.prove import prove
from actx.cli.report import report
from actx.cli.search import search
from actx.cli.show import show
from actx.errors import ActxError, ExitStatus
from actx.report.terminal import ReaderGoneError, printable

INTERRUPTED = 130  # what a shell gives for a process that SIGINT ended

CONTEXT = {"help_option_names": ["--help", "-h"], "max_content_width": 100}

# Plain help: rich's boxes would double the time that `actx --help` takes.
app = typer.Typer(
    name="actx",
    cls=ActxGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
    context_settings=CONTEXT,
)

COMMANDS: dict[str, Callable[..., int | None]] = {
    "list": list_formulas,
    "show": show,
    "compare": compare,
    "kinks": kinks,
    "prove": prove,
    "fit": fit,
    "search": search,
    "plot": plot,
    "bench": bench,
    "export": export,
    "morph": morph,
    "finetune": finetune,
    "report": report,
}
for _name, _function in COMMANDS.items():
    app.command(_name, cls=FormulaCommand, context_settings=CONTEXT)(_function)


def _print_version(wanted: bool) -> None:
    if wanted:
        from actx import __version__

        typer.echo(f"actx {__version__}")
        raise typer.Exit


@app.callback()
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
      actx plot --all -o curves.png
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run the program with `args` (default: the process's own) and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    gc.set_threshold(50_000)  # a short process that keeps most of what it makes
    status = _run(list(sys.argv[1:] if args is None else args))
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # What could not be written has been reported; Python's own flush at exit must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _run(args: list[str]) -> int:
    try:
        return _dispatch(args)
    except ReaderGoneError:  # such as `head`, which has seen enough
        return ExitStatus.DONE
    except ActxError as error:
        return _complain(str(error), error.status)
    except usage_errors() as error:
        return _complain(_usage(error), ExitStatus.USAGE)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
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
    program: Any = typer.main.get_command(app)
    name = "actx"
    if args and args[0] in program.commands:
        # Straight to the command: newer typer would import pydantic for the program's options.
        program, name, args = program.commands[args[0]], f"actx {args[0]}", args[1:]
    return int(program.main(args, prog_name=name, standalone_mode=False) or 0)


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
