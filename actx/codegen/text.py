"""A form as lines of code: common subexpressions named once, long expressions cut.

What a language calls an operation stands in a table (`Notation.operations`), by the operation's
name: a text with {0}, {1}, {2} for the arguments, or an `Infix`. Functions are told by the rows of
the operations (`calls`), and what is written between arguments by their symbols.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from actx.arithmetic.tables import Table
from actx.codegen.forms import Form
from actx.language import operations
from actx.language.operations import (
    AND,
    ATOM,
    COMPARISON,
    CONDITIONAL,
    CONDITIONS,
    LOOKUP,
    NOT,
    OPERATIONS,
    OR,
    PRODUCT,
    SIGN,
    SUM,
    Operation,
)
from actx.language.tree import TABLE, VARIABLE, Node, as_table, walk

_LONGEST = 60  # characters of an expression that is not given a name


@dataclass(frozen=True)
class Infix:
    """How an operation is written that is no call: how tightly it binds, and its arguments must.

    Strengths are those of `actx.language.operations`.
    """

    text: str
    binding: int
    arguments: tuple[int, ...]


Writing = str | Infix


def infix(operation: Operation, text: str) -> Infix:
    """Written between its arguments; a comparison has sums on both sides."""
    binding = operation.binding
    if operation.arity == 1:
        return Infix(f"{text}{{0}}", binding, (binding + 1,))
    sides = (SUM, SUM) if binding == COMPARISON else (binding, binding + 1)
    return Infix(f"{{0}} {text} {{1}}", binding, sides)


ARITHMETIC: Mapping[str, Writing] = {
    o.name: infix(o, str(o.symbol)) for o in OPERATIONS.values() if SUM <= o.binding <= SIGN
}
COMPARISONS: Mapping[str, Writing] = {
    o.name: infix(o, symbol) for symbol, o in operations.COMPARISONS.items()
}
PYTHON_SCALARS: Mapping[str, Writing] = {
    "and": Infix("{0} and {1}", AND, (AND, NOT)),
    "or": Infix("{0} or {1}", OR, (OR, AND)),
    "not": Infix("not {0}", NOT, (NOT,)),
    "where": Infix("{1} if {0} else {2}", CONDITIONAL, (OR, OR, CONDITIONAL)),
    "mod": Infix("{0} % {1}", PRODUCT, (PRODUCT, PRODUCT + 1)),
}
MASK_LOGIC: Mapping[str, Writing] = {  # & and | bind more tightly than comparisons
    "and": Infix("{0} & {1}", SUM, (ATOM, ATOM)),
    "or": Infix("{0} | {1}", SUM, (ATOM, ATOM)),
    "not": Infix("~{0}", SIGN, (ATOM,)),
}


def calls(language: str, module: str = "", ending: str = "") -> dict[str, Writing]:
    """The functions that a language has, by the rows of the operations.

    language: a field of `Code`. module, ending: what stands before and after their names.
    """
    found: dict[str, Writing] = {}
    for operation in OPERATIONS.values():
        name = getattr(operation.code, language)
        if name is not None:
            written = name if "{0}" in name else f"{module}{name}{ending}({places(operation)})"
            found[operation.name] = written
    return found


def places(operation: Operation) -> str:
    """Places for the arguments of a call."""
    return ", ".join(f"{{{i}}}" for i in range(operation.arity))


@dataclass(frozen=True)
class Notation:
    """How a language writes expressions.

    number: a number, or a constant subtree, as text. with_numbers: the writing of an operation
    whose arguments after the first are numbers, where that differs. constant: a result that does
    not depend on x, with {0}. assignment: with {name} and {value}; condition: the same for what is
    true or false. comment: with {remark}. reserved: names that cannot be given. exact: constants
    are written out and not as one number. inline: nothing is given a name. parameter: an open one,
    by its name. lookup: how a table is looked up at {0} (`actx.codegen.lookups`).
    """

    operations: Mapping[str, Writing]
    number: Callable[[Node], str]
    with_numbers: Mapping[str, Writing] = field(default_factory=dict)
    constant: str = "{0}"
    assignment: str = "{name} = {value}"
    condition: str = "{name} = {value}"
    comment: str = "  # {remark}"
    reserved: frozenset[str] = frozenset()
    exact: bool = False
    inline: bool = False
    parameter: Callable[[str], str] = str
    lookup: Callable[[Table], Writing] = repr


@dataclass(frozen=True)
class Body:
    """Lines of code without indentation, and the expression of the result."""

    lines: tuple[str, ...]
    result: str

    def block(self, indent: str, returning: str = "return {result}") -> str:
        """The lines and the returned result, indented."""
        lines = [*self.lines, returning.format(result=self.result)]
        return "\n".join(indent + line for line in lines)


def body(form: Form, notation: Notation) -> Body:
    """A form as code in a notation."""
    return _Writer(form, notation).run()


class _Writer:
    def __init__(self, form: Form, notation: Notation) -> None:
        self.form = form
        self.notation = notation
        self.uses = Counter(a for n in walk(form.tree) if not n.constant for a in n.args)
        self.done: dict[Node, tuple[str, int]] = {}
        self.taken = {"x"} | notation.reserved
        self.lines: list[str] = []

    def run(self) -> Body:
        tree = self.form.tree
        for current in walk(tree):
            text, binding = self._expression(current)
            if current is not tree and self._wants_name(current, text):
                text, binding = self._named(current, text), ATOM
            self.done[current] = text, binding
        result = self.done[tree][0]
        if tree.constant:
            result = self.notation.constant.format(result)
        return Body(tuple(self.lines), result)

    def _wants_name(self, current: Node, text: str) -> bool:
        if self.notation.inline or current.constant or not current.args:
            return False
        return self.uses[current] > 1 or current in self.form.remarks or len(text) > _LONGEST

    def _named(self, current: Node, text: str) -> str:
        name = self._free(self.form.names.get(current, OPERATIONS[current.op].code.result))
        is_condition = current.op in CONDITIONS
        pattern = self.notation.condition if is_condition else self.notation.assignment
        remark = self.form.remarks.get(current)
        comment = self.notation.comment.format(remark=remark) if remark else ""
        self.lines.append(pattern.format(name=name, value=text) + comment)
        return name

    def _free(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self.taken:
            count += 1
            name = f"{wanted}{count}"
        self.taken.add(name)
        return name

    def _expression(self, current: Node) -> tuple[str, int]:
        """The text of a node and how tightly it binds."""
        if current.op == TABLE:
            return "", ATOM  # what it is, its lookup says
        if current.constant and not (current.args and self.notation.exact):
            text = self.notation.number(current)
            return text, SIGN if text.startswith("-") else ATOM
        if not current.args:
            is_x = current.op == VARIABLE
            return ("x" if is_x else self.notation.parameter(str(current.value))), ATOM
        writing = self._writing(current)
        args = [self.done[a] for a in current.args if a.op != TABLE]
        if isinstance(writing, str):
            return writing.format(*(text for text, _ in args)), ATOM
        bracketed = [
            text if binding >= least else f"({text})"
            for (text, binding), least in zip(args, writing.arguments, strict=True)
        ]
        return writing.text.format(*bracketed), writing.binding

    def _writing(self, current: Node) -> Writing:
        """How the operation of a node is written."""
        if current.op == LOOKUP:
            return self.notation.lookup(as_table(current))
        writing = self.notation.operations[current.op]
        if all(a.constant for a in current.args[1:]):
            return self.notation.with_numbers.get(current.op, writing)
        return writing
