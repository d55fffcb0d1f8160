"""The arguments and options that commands share, each declared once, and how they are read.

Longer than other files: it is one list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from typing import Annotated, Any, TypeVar

import typer

from actx.cli.usage.help import FORM, FORMULAS, GOAL, KEEPS, PROOFS, RUNS
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import Domain, parse_domain
from actx.core.errors import ActxError, DomainError, UsageError
from actx.core.norms import NORMS, PARTS, Norm, general_norms
from actx.core.workers import cores

T = TypeVar("T")
_MOST_JOBS = 1024


class StoppedError(Exception):
    """The reader has stopped a run; the message says what is kept of it."""


def complete_formula(incomplete: str) -> list[str]:
    """The registry names and aliases that begin with what has been typed, for shell completion."""
    import actx

    try:
        return [name for name in actx.load_registry().names() if name.startswith(incomplete)]
    except ActxError:
        return []


def one_of(names: Iterable[str]) -> Callable[[str], list[str]]:
    """What of some words begins with what has been typed, for shell completion."""
    known = list(names)
    return lambda incomplete: [name for name in known if name.startswith(incomplete)]


_WHAT = "A registry name (`actx list`), an alias, or formula text."


def formula_argument(help: str, metavar: str = "FORMULA") -> Any:
    """An argument that is a formula, or several."""
    return typer.Argument(
        metavar=metavar, help=help, autocompletion=complete_formula, show_default=False
    )


def optional(name: str, metavar: str, help: str, **more: Any) -> Any:
    """An option that need not be given."""
    return typer.Option(name, metavar=metavar, help=help, show_default=False, **more)


def family_option(panel: str | None = None) -> Any:
    """The families that a search is of; panel: of the help."""
    return optional(
        "--family",
        "NAME",
        "A family to search. Repeatable; without it those for targets like this one are.",
        rich_help_panel=panel,
    )


def families_option(panel: str) -> Any:
    """Files of families beside those that come with actx; panel: of the help."""
    return optional(
        "--families", "FILE", "A TOML file with further families. Repeatable.",
        rich_help_panel=panel,
    )  # fmt: skip


def output_option(help: str) -> Any:
    """The file to write."""
    return typer.Option("--output", "-o", metavar="FILE", help=help, show_default=False)


FormulaArgument = Annotated[str, formula_argument(_WHAT)]
TargetOption = Annotated[
    str,
    typer.Option(
        "--target",
        metavar="FORMULA",
        help="The formula to approximate.",
        autocompletion=complete_formula,
    ),
]
DomainOption = Annotated[
    str,
    typer.Option(
        "--domain",
        metavar="LO:HI",
        help="The interval to look at, or several with commas between; ends may be inf.",
    ),
]
SetOption = Annotated[
    list[str] | None,
    optional(
        "--set",
        "NAME=VALUE",
        "Give a parameter a value, or LO..HI for enclosures over an interval. Repeatable.",
        rich_help_panel=FORMULAS,
    ),
]
RegistryOption = Annotated[
    list[str] | None,
    optional(
        "--registry",
        "FILE",
        "A TOML file with further formulas. Repeatable.",
        rich_help_panel=FORMULAS,
    ),
]
TableOption = Annotated[
    list[str] | None,
    optional(
        "--table",
        "NAME=FILE",
        "Call the broken line through the points of a file (.csv, .txt; x and y) NAME. Repeatable.",
        rich_help_panel=FORMULAS,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Write one JSON document instead of tables.", rich_help_panel=FORM),
]
LatexOption = Annotated[
    bool,
    typer.Option(
        "--latex", help="Write LaTeX tables (booktabs), with the same digits.", rich_help_panel=FORM
    ),
]
MarkdownOption = Annotated[
    bool,
    typer.Option(
        "--markdown", help="Write Markdown tables, with the same digits.", rich_help_panel=FORM
    ),
]
NoProveOption = Annotated[
    bool,
    typer.Option(
        "--no-prove",
        help="Only compute: no proofs, and no digits are marked.",
        rich_help_panel=PROOFS,
    ),
]
BudgetOption = Annotated[
    str,
    typer.Option(
        "--budget",
        metavar="SECONDS",
        help="Processor time for the proofs about one formula or pair.",
        rich_help_panel=PROOFS,
    ),
]
WeightOption = Annotated[
    str | None,
    optional(
        "--weight",
        "FORMULA",
        'A formula of x that multiplies the error, such as "exp(-x^2/2)".',
        rich_help_panel=GOAL,
    ),
]
RelativeOption = Annotated[
    bool,
    typer.Option(
        "--relative", help="Divide the error by the size of the target.", rich_help_panel=GOAL
    ),
]
OfOption = Annotated[
    str,
    typer.Option(
        "--of",
        metavar="value|slope|both",
        autocompletion=one_of(PARTS),
        help="Make the error small, that of the derivative, or the larger of both.",
        rich_help_panel=GOAL,
    ),
]
RequireOption = Annotated[
    list[str] | None,
    optional(
        "--require",
        "WHAT",
        "What the result must keep to: f(0) = 0, f'(0) = 1, min at -1, min value -0.3, "
        "continuous, smooth, C2, f <= mish, f = x for x >= 0. Repeatable.",
        rich_help_panel=KEEPS,
    ),
]


def _norm_option(norms: Iterable[Norm]) -> Any:
    """An option for one of some norms."""
    known = {norm.name: norm for norm in norms}
    told = "; ".join(f"{norm}: {norm.words}" for norm in known.values())
    return typer.Option(
        "--norm", metavar="|".join(known), help=f"{told}.", autocompletion=one_of(known)
    )


NormOption = Annotated[str, _norm_option(general_norms())]
FitNormOption = Annotated[str, _norm_option(NORMS.values())]
DataOption = Annotated[
    str | None,
    optional(
        "--data",
        "FILE",
        "Inputs as they really occur (.npy, .npz, .csv, .txt): errors over them as well.",
    ),
]
JobsOption = Annotated[
    str | None,
    optional(
        "--jobs",
        "N",
        "How many processes work at a time. Default: one for each core.",
        rich_help_panel=RUNS,
    ),
]
ViewOption = Annotated[
    str | None,
    optional("--view", "LO:HI", "The part of the x axis to draw. Default: where the curves bend."),
]

WidthOption = Annotated[
    str | None,
    optional(
        "--width",
        "MM",
        "Of the picture, for print: column, page (both columns), or so many mm.",
        rich_help_panel=FORM,
    ),
]


def checked_width(width: str | None, output: str | list[str] | None) -> str | None:
    """The width of a picture that is to be written. Raises UsageError, before anything is done."""
    if width is None:
        return None
    from actx.present.pictures.output import MOVING_PICTURES
    from actx.present.pictures.sheet import sheet_of

    files = [output] if isinstance(output, str) else output or []
    endings = tuple(f".{each}" for each in MOVING_PICTURES)
    if not any(file.lower().endswith(endings) for file in files):
        raise UsageError("--width is of a picture, which --output FILE asks for.")
    sheet_of(width)
    return width


WHOLE_LINE = "-inf:inf"
BUDGET = f"{DEFAULT_BUDGET:g}"


def ask(question: Callable[..., T], doing: str, *formulas: str | None, **given: Any) -> T:
    """What the library answers, asked with the options as they were typed.

    question: a function of `actx`. doing: what a bar on the terminal says meanwhile. given: its
    arguments by name; those that commands share are texts, which are read here, and `no_prove`.
    Raises UsageError, DomainError and RegistryError, and what the question raises.
    """
    from actx.present.progress import ProgressBar

    if "table" in given:
        given["registry"] = given["registry"], given.pop("table")
    arguments = {name: _READERS.get(name, _as_it_is)(value) for name, value in given.items()}
    if arguments.pop("no_prove", False):
        arguments["budget"] = None
    try:
        with ProgressBar(doing) as progress:
            if "progress" in signature(question).parameters:
                arguments["progress"] = progress
            return question(*formulas, **arguments)
    except KeyboardInterrupt:
        raise StoppedError(_kept(given)) from None


def _kept(given: Mapping[str, Any]) -> str:
    """What is left of a run that was stopped, and how to go on."""
    place = given.get("checkpoint") or given.get("resume")
    if isinstance(place, str):
        return (
            f"Stopped. What is finished is kept in {place}; the same options with --resume {place} "
            "go on from there."
        )
    more = " With --resume FILE what is finished would be kept." if "resume" in given else ""
    return f"Stopped; nothing was written.{more}"


def _as_it_is(value: Any) -> Any:
    return value


def _registry(given: tuple[Iterable[str] | None, Iterable[str] | None]) -> Any:
    import actx

    files, tables = given
    named = _named(tables, "--table", "FILE, as in act=act.csv", str)
    return actx.load_registry(*files or (), tables=named)


def markup_of(json: bool, latex: bool, markdown: bool) -> str | None:
    """The markup that tables are to be written in. Raises UsageError where two forms are asked."""
    asked = [n for n, on in (("json", json), ("latex", latex), ("markdown", markdown)) if on]
    if len(asked) > 1:
        raise UsageError(f"--{asked[0]} and --{asked[1]} are two forms; a run writes one.")
    return asked[0] if asked and not json else None


def settings(texts: Iterable[str] | None) -> dict[str, float | tuple[float, float]]:
    """Read the `NAME=VALUE` and `NAME=LO..HI` texts of `--set`. Raises UsageError."""
    return _named(texts, "--set", "VALUE or LO..HI, as in a=1.25 or a=1.2..1.3", _number_or_range)


def assignments(texts: Iterable[str] | None, option: str = "--set") -> dict[str, float]:
    """Read `NAME=VALUE` texts. Raises UsageError."""
    return _named(texts, option, "VALUE, as in a=1.25", _number)


def bounds(texts: Iterable[str] | None) -> dict[str, tuple[float, float]]:
    """Read `NAME=LO:HI` texts. Raises UsageError."""
    return _named(texts, "--bound", "LO:HI with LO below HI, as in a=0.1:4", _ends)


def whole_number(text: str, option: str, lowest: int, highest: int) -> int:
    """Read an integer from `lowest` to `highest`. Raises UsageError."""
    value = int(text) if re.fullmatch(r"\s*\+?[0-9]{1,9}\s*", text, re.ASCII) else None
    if value is None or not lowest <= value <= highest:
        raise UsageError(
            f"{option} is a whole number from {lowest} to {highest}; it cannot be {text!r}."
        )
    return value


def _jobs(text: str | None) -> int:
    return cores() if text is None else whole_number(text, "--jobs", 1, _MOST_JOBS)


def share(text: str, option: str) -> float:
    """Read a number from 0 to 1. Raises UsageError."""
    try:
        value = _number(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(f"{option} is a number from 0 to 1; it cannot be {text!r}.")
    return value


def seconds(text: str) -> float:
    """Read the `--budget`. Raises UsageError."""
    return positive(text, "--budget", "a number of seconds", "0.5")


def positive(text: str, option: str, what: str = "a number", example: str = "1e-3") -> float:
    """Read a number above 0. Raises UsageError."""
    try:
        value = _number(text)
    except ValueError:
        value = 0.0
    if value <= 0:
        raise UsageError(
            f"{option} is {what} above 0, as in {option} {example}; it cannot be {text!r}."
        )
    return value


def read_view(text: str | None) -> Domain | None:
    """Read the `--view` of a picture. Raises DomainError."""
    if text is None:
        return None
    domain = parse_domain(text).one_interval("--view")
    if not domain.bounded:
        raise DomainError(f"--view {text}: a picture needs two finite ends, as in -5:5.")
    return domain


def _named(
    texts: Iterable[str] | None, option: str, form: str, read: Callable[[str], T]
) -> dict[str, T]:
    result: dict[str, T] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        name = name.strip()
        comma = " A decimal point is a dot." if re.search(r"\d,\d", value) else ""
        malformed = UsageError(f"{option} {text!r} is not of the form NAME={form}.{comma}")
        if not (equals and name):
            raise malformed
        try:
            item = read(value)
        except (ValueError, DomainError):
            raise malformed from None
        if name in result and result[name] != item:
            raise UsageError(f"{option} gives {name!r} two values; it can have one.")
        result[name] = item
    return result


def _number(text: str) -> float:
    value = float(text.replace("−", "-"))
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _number_or_range(text: str) -> float | tuple[float, float]:
    lo, dots, hi = text.partition("..")
    if not dots:
        return _number(text)
    ends = _number(lo), _number(hi)
    if not ends[0] < ends[1]:
        raise ValueError(text)
    return ends


def _ends(text: str) -> tuple[float, float]:
    domain = parse_domain(text).one_interval("A bound")
    return domain.lo, domain.hi


# how the texts of options are read that several commands have, by their names in the library
_READERS: Mapping[str, Callable[[Any], Any]] = {
    "domain": lambda text: None if text is None else parse_domain(text),
    "input_range": lambda text: text if text in (None, "auto") else parse_domain(text),
    "view": read_view,
    "budget": seconds,
    "jobs": _jobs,
    "set": settings,
    "registry": _registry,
    "require": lambda texts: texts or (),
}
