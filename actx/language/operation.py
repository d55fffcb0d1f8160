"""What a row of the table of operations says, and what follows from it where it says nothing.

The rows stand in `actx.language.operations`. Formula text in a row speaks of the arguments as u, v
and w.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from actx.arithmetic import interval
from actx.arithmetic.series import Series
from actx.arithmetic.steps import Edges

ARGUMENTS = ("u", "v", "w")
CONSTANTS: Mapping[str, float] = {"pi": math.pi, "e": math.e}
LOOKUP = "lookup"  # the values of a table, written {x0: y0, x1: y1}(u)
KEYWORDS = frozenset({"if", "else", "and", "or", "not"})
NOWHERE = ""  # the guard of an operation that is singular nowhere

# binding strength of what is printed and read; higher binds tighter
CONDITIONAL, OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)

Rule = Callable[..., Any]
SeriesRule = Callable[..., Series]
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


@dataclass(frozen=True)
class Counts:
    """How many operations of each kind.

    calls: of transcendental functions. branches: comparisons, selections, minima, maxima and
    roundings to whole numbers. signs: negations and absolute values. roots: square roots. loads: of
    numbers from a table.
    """

    adds: int = 0
    multiplies: int = 0
    divides: int = 0
    roots: int = 0
    calls: int = 0
    branches: int = 0
    signs: int = 0
    loads: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __mul__(self, times: int) -> Counts:
        return Counts(*(times * a for a in astuple(self)))

    @property
    def total(self) -> int:
        return sum(astuple(self))


@dataclass(frozen=True)
class Code:
    """What target languages call an operation that they have; None where they have not got it.

    A name, or the whole text with {0}, {1} and {2} for the arguments. c: of <math.h>, without the
    ending for the type. math: of Python's math. python: in plain Python, where math's raises an
    error: an expression in u. arrays: of NumPy and jax.numpy; numpy: of NumPy alone; special: of
    their special functions. js: of JavaScript's Math. rust: of its number types, which
    are called REAL. onnx: an operator. latex: where it is not the
    name, upright. result: what code calls a result of it.
    """

    c: str | None = None
    math: str | None = None
    python: str | None = None
    arrays: str | None = None
    numpy: str | None = None
    special: str | None = None
    torch: str | None = None
    sympy: str | None = None
    js: str | None = None
    rust: str | None = None
    onnx: str | None = None
    latex: str | None = None
    result: str = "c"


@dataclass(frozen=True)
class Operation:
    """One operation; everything that a tree can do is derived from its row.

    A row with a definition needs nothing more: each use falls back on it. Without one, a row has to
    serve every use itself.

    definition: the same operation through others that stand above it. Where these have breakpoints,
    or there is an `if` in it, so has the operation.
    form: the same as code computes it, where the definition would overflow or cancel.
    value: NumPy arrays or scalars in and out, float32 or float64.
    derivative: the partial derivative by each argument, as formula text.
    root: an expression that must not be negative for it to have a value.
    guard: an expression at whose zeros the operation is singular or stops being defined; `root`
    where there is one.
    continuous: whether it is, of an operation with breakpoints. breaks: whether it has some, where
    no definition tells.
    steps: the edges of one that rises in steps through the whole numbers (`actx.arithmetic.steps`);
    it needs a definition only where a language lacks it.
    at_zero: the exact value at 0, of a function of one argument.
    parity: 1 of an even function, -1 of an odd one. positive: whether all values are above 0.
    operator: Python's operator, for numbers of every kind; `ball`, `analytic` and `taylor` are it
    where a smooth operation has none.
    enclosure: boxes in and out (`actx.arithmetic.interval`).
    ball: arb balls in and out (`actx.arithmetic.balls`).
    analytic: complex balls in and out, where it is analytic (`actx.arithmetic.complex_balls`).
    taylor: power series in balls (python-flint's arb_series) in and out, and balls as well.
    series: an `Arithmetic` and series in, a series out; `far` is the same where the argument has an
    infinite limit only, and takes its square as well (near a finite one the series follows from
    the derivative).
    cost: what it counts as, and its time in units of one addition; see `actx.calculus.cost`.
    ulps: 0 where its result is an argument, its negative, or a whole number, so that nothing is
    rounded; 0.5 where NumPy rounds it correctly in every type; None for an elementary function.
    code: what target languages call it.
    symbol, binding: how it is written between its arguments; None for a function.
    """

    name: str
    arity: int
    value: Rule | None = None
    derivative: tuple[str, ...] = ()
    definition: str | None = None
    form: str | None = None
    root: str | None = None
    guard: str | None = None
    continuous: bool = False
    breaks: bool = False
    steps: Edges | None = None
    at_zero: Fraction | int | None = None
    parity: int = 0
    positive: bool = False
    operator: Rule | None = None
    enclosure: interval.Rule | None = None
    ball: Rule | None = None
    analytic: Rule | None = None
    taylor: Rule | None = None
    series: SeriesRule | None = None
    far: SeriesRule | None = None
    cost: tuple[Counts, float] | None = None
    ulps: float | None = None
    code: Code = Code()
    symbol: str | None = None
    binding: int = ATOM
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for kind in ("ball", "analytic", "taylor"):
            if self.operator is not None and self.is_smooth and getattr(self, kind) is None:
                object.__setattr__(self, kind, self.operator)
        if self.guard is None:
            object.__setattr__(self, "guard", self.root)

    @property
    def is_function(self) -> bool:
        """Whether it is written as a name with arguments in brackets."""
        return self.symbol is None and self.name != "where"

    @property
    def is_condition(self) -> bool:
        """Whether it is true or false."""
        return OR <= self.binding <= COMPARISON

    @property
    def is_smooth(self) -> bool:
        """Whether it is a function without breakpoints, true or false apart."""
        return not (self.is_piecewise or self.is_condition or self.name == "where")

    def at(self, *args: float) -> Any:
        """The value at numbers, of an operation that has one of its own."""
        assert self.value is not None
        return self.value(*args)

    @cached_property
    def is_piecewise(self) -> bool:
        """Whether it has breakpoints; its definition, or its steps, give the cases between them."""
        if self.steps is not None:
            return True
        words = set(_WORD.findall(self.definition or ""))
        return (
            self.breaks
            or "if" in words
            or any(FUNCTIONS[w].is_piecewise for w in words & FUNCTIONS.keys())
        )


OPERATIONS: dict[str, Operation] = {}
FUNCTIONS: dict[str, Operation] = {}  # by their names and aliases


def add(operation: Operation) -> None:
    """Take a row into the table. Raises ValueError, by name, for one that cannot serve."""
    faults = list(_faults(operation))
    if faults:
        raise ValueError(
            f"The operation {operation.name!r} cannot serve every use: {'; '.join(faults)}."
        )
    OPERATIONS[operation.name] = operation
    if operation.is_function:
        FUNCTIONS.update(dict.fromkeys((operation.name, *operation.aliases), operation))


def remove(operation: Operation) -> None:
    """Take a row out of the table again."""
    del OPERATIONS[operation.name]
    for name in (operation.name, *operation.aliases):
        FUNCTIONS.pop(name, None)


def _faults(operation: Operation) -> Iterator[str]:
    taken = OPERATIONS.keys() | FUNCTIONS.keys() | KEYWORDS | {*ARGUMENTS, *CONSTANTS, "x"}
    for name in (operation.name, *operation.aliases):
        is_word = operation.symbol is not None or (name == name.lower() and _WORD.fullmatch(name))
        if not is_word or (name in taken and (operation.is_function or name in OPERATIONS)):
            yield f"{name!r} is no name that it can have"
    if not 1 <= operation.arity <= len(ARGUMENTS):
        yield f"it has {operation.arity} arguments, and can have 1 to {len(ARGUMENTS)}"
    if operation.derivative and len(operation.derivative) != operation.arity:
        yield f"it has {len(operation.derivative)} derivatives for {operation.arity} arguments"
    known = {*ARGUMENTS[: operation.arity], *CONSTANTS, *KEYWORDS, *FUNCTIONS}
    for text in (operation.definition, operation.form):
        unknown = sorted(set(_WORD.findall(text or "")) - known)
        if unknown:
            yield f"{text!r} speaks of {', '.join(unknown)}, which is not known above it"
    if operation.definition is None:
        missing = ", ".join(_missing(operation))
        if missing:
            yield f"it has no definition through others, and of its own no {missing}"


def _missing(operation: Operation) -> Iterator[str]:
    """What a row without a definition lacks."""
    needed = ["value", "enclosure", "ball", "cost"]
    if operation.is_smooth:
        needed += ["derivative", "analytic", "taylor"]
    yield from (name for name in needed if not getattr(operation, name))
    if operation.is_smooth and operation.series is None and operation.far is None:
        yield "series"
    if operation.is_function and operation.form is None:
        for language in ("c", "math", "torch", "sympy", "js", "rust", "onnx"):
            if getattr(operation.code, language) is None:
                yield f"code for {language}"
        if operation.code.arrays is None and operation.code.special is None:
            yield "code for arrays"
