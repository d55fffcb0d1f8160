"""What is to be exported, and the facts that stand at the head of the code."""

from __future__ import annotations

import keyword
import math
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from actx.analysis.explore import compare_with
from actx.analysis.results import MaxError
from actx.calculus.formula import Formula
from actx.codegen.arithmetic import Arithmetic, Inaccuracy, is_known
from actx.codegen.choice import Choice, choose, measured
from actx.codegen.forms import prepared
from actx.codegen.lookups import REMARK, has_table
from actx.codegen.slope import slope, taken_apart
from actx.codegen.words import (
    CPP,
    DEVICE_KEYWORDS,
    KEYWORDS,
    RUST_KEYWORDS,
    SCRIPT_KEYWORDS,
    WGSL_KEYWORDS,
)
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import WHOLE_LINE
from actx.core.errors import AnalysisError
from actx.core.numbers import number, outward
from actx.core.version import __version__
from actx.language.grammar import rule
from actx.language.operations import OPERATIONS
from actx.language.stable import code_form
from actx.language.text import abridged
from actx.language.tree import Node, simplify

_MOST_KINKS = 8  # that are told in a header
_LONGEST_NAME = 40
_WIDTH = 92  # characters of a line of a header
# Names that code needs for something else: keywords, and functions that it calls.
_TAKEN = frozenset(
    {
        *keyword.kwlist, *KEYWORDS, *SCRIPT_KEYWORDS, *RUST_KEYWORDS, *CPP, *DEVICE_KEYWORDS,
        *WGSL_KEYWORDS, *OPERATIONS, "x", "u", "v",
        "np", "jnp", "sp", "nn", "math", "torch", "jax", "numba", "sympy", "lesser", "greater",
        "lambda", "fmin", "fmax", "main", "modulo", "nearest", "power", "bell", "erf_series",
        "bits_of_float", "float_of_bits", "bfloat16", "of_bfloat16", "to_bfloat16",
        "bits_of_double", "double_of_bits",
        *(f"{name}_inline" for name in OPERATIONS),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """One export.

    formula: with values for all its parameters. name: what the function is called in code.
    source: of the formula, empty where it is not known. target: what the error is told against.
    types: names of number types, for languages whose code is made for some. trainable: whether
    parameters stay open, for languages that can train them. remark: what the head of the code says
    besides.
    """

    formula: Formula
    name: str
    source: str
    target: Formula
    types: tuple[str, ...]
    trainable: bool = False
    remark: str = ""

    @property
    def tree(self) -> Node:
        return self.formula.bound

    @cached_property
    def slope(self) -> Node:
        """The derivative, in the form that floats can work with."""
        return slope(self.tree, prepared)

    @cached_property
    def written_slope(self) -> Node:
        """The derivative, in the operations of the formula."""
        return slope(self.tree, simplify)


@dataclass(frozen=True)
class Chosen:
    """The form of the function and of its derivative for some arithmetics."""

    value: Choice
    slope: Choice
    hows: tuple[Arithmetic, ...]


@dataclass(frozen=True)
class Facts:
    """What is known of the exported code, besides the code.

    max_error: sup|formula - target|, None where it cannot be told (why says so then). errors: the
    largest rounding errors of the function's code, by number type.
    """

    max_error: MaxError | None
    why: str = ""
    kinks: tuple[float, ...] = ()
    errors: tuple[Inaccuracy, ...] = field(default_factory=tuple)


def chosen(
    task: Task,
    hows: Sequence[Arithmetic],
    forms: Mapping[str, Node],
    kept: frozenset[str] = frozenset(),
) -> Chosen:
    """The forms of a task in some arithmetics; forms: see `lowering`; kept: see `choose`."""
    value, rate = (choose(tree, hows, forms, kept) for tree in (task.tree, task.slope))
    return Chosen(value, rate, tuple(hows))


def lowering(native: Mapping[str, object], own: Mapping[str, str] | None = None) -> dict[str, Node]:
    """The forms in u, v and w that stand for operations a language lacks, by their names.

    native: what it has; own: forms of its own, where that of the operation's row does not do.
    """
    forms = {name: rule(text) for name, text in (own or {}).items()}
    for operation in OPERATIONS.values():
        if operation.definition is not None or operation.form is not None:
            forms.setdefault(operation.name, code_form(operation.name))
    return {name: form for name, form in forms.items() if name not in native}


def facts(task: Task, value: Sequence[tuple[Choice, Arithmetic]]) -> Facts:
    """The facts of a task; value: the forms of the function and the arithmetics they run in."""
    kinks = _kinks(task.tree)
    known = is_known(task.tree)  # else there is nothing to tell errors against
    errors = tuple(measured(choice, task.tree, how) for choice, how in value if known)
    if task.target.bound is task.tree:
        same = MaxError(0.0, 0.0, 0.0, (0.0, 0.0), True)
        return Facts(same, "", kinks, errors)
    try:
        row = compare_with(task.formula, task.target, WHOLE_LINE, DEFAULT_BUDGET)
    except AnalysisError as reason:
        return Facts(None, reason.message, kinks, errors)
    return Facts(row.max_error, "", kinks, errors)


def _kinks(tree: Node) -> tuple[float, ...]:
    """Where the derivative jumps, and the code's is that of the left side."""
    from actx.analysis.kinks import kinks

    function = taken_apart(tree)
    if function is None or len(function.pieces) == 1:
        return ()
    try:
        return tuple(kink.x for kink in kinks(function, 1)[0])
    except AnalysisError:
        return ()


def header(task: Task, known: Facts, *more: str) -> list[str]:
    """The lines at the head of the code, without comment signs; more: further remarks."""
    text = task.formula.text
    same = text.replace(" ", "") == task.formula.name.replace(" ", "")
    lines = [abridged(text if same else f"{task.formula.name}: {text}")]
    lines += [task.remark] if task.remark else []
    lines += [f"source: {task.source}"] if task.source else []
    lines += [against_target(task, known), *map(rounding, known.errors), *faint(known.errors)]
    if known.kinks:
        shown = ", ".join(number(x) for x in known.kinks[:_MOST_KINKS])
        beyond = len(known.kinks) - _MOST_KINKS
        shown += f" and {beyond} more" if beyond > 0 else ""
        lines.append(f"The derivative jumps at x = {shown}; there it is the left one.")
    lines += [REMARK] if has_table(task.tree) else []
    return wrapped([*lines, *more, f"Written by actx {__version__}."])


def wrapped(lines: Iterable[str]) -> list[str]:
    """Lines of a header that are not too long."""
    return [
        part for line in lines for part in textwrap.wrap(line, _WIDTH, subsequent_indent="    ")
    ]


def against_target(task: Task, known: Facts) -> str:
    """The largest error of the formula against the target, in words."""
    target, top = task.target.name, known.max_error
    if top is None:
        return f"max error against {target}: not known. {known.why}"
    if top.value == 0:
        return f"max error against {target}: 0, it is the same function"
    if math.isinf(top.value):
        return f"max error against {target}: without bound"
    if top.proven and top.enclosure is not None:
        return f"max error against {target}: at most {outward(top.enclosure)[1]} (proven)"
    return f"max error against {target}: {number(top.value)} (computed)"


def rounding(error: Inaccuracy) -> str:
    """The rounding error of the code in one type, in words."""
    tried = f"all {error.tried} numbers" if error.exhaustive else f"{error.tried} numbers tried"
    if math.isinf(error.ulps):
        return f"{error.arithmetic}: not right everywhere, not at x = {number(error.x)} ({tried})"
    worst = f"{error.ulps:.2f}" if error.ulps < 1000 else f"{error.ulps:.1e}"
    worst += " ulp of the larger summand" if error.of_summand else " ulp"
    return f"{error.arithmetic}: rounding errors up to {worst}, at x = {number(error.x)} ({tried})"


def faint(errors: Sequence[Inaccuracy]) -> list[str]:
    """What the head says of results near the smallest number, which rounding errors leave out."""
    return [
        f"{each.arithmetic}: results near the smallest number are up to {each.faint:.3g} of it off"
        for each in errors
        if each.faint > max(each.ulps, 1)
    ]


def identifier(name: str) -> str:
    """A name of code made of a formula's; `activation` where none can be made."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not plain or plain[0].isdigit() or len(plain) > _LONGEST_NAME:
        return "activation"
    return f"{plain}_activation" if plain in _TAKEN else plain
