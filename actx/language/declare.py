"""Operations added to the language from outside its table."""

from __future__ import annotations

from actx.core.errors import FormulaError
from actx.language.grammar import rule
from actx.language.operation import Operation, add, remove


def declare(operation: Operation) -> None:
    """Add an operation to the language, as if its row stood in the table.

    For the whole process, and before the parts of actx that use the table are imported. Raises
    ValueError, which names it, for an operation that cannot serve every use.
    """
    add(operation)
    try:
        for text in (operation.definition, operation.form, operation.guard, *operation.derivative):
            if text:
                rule(text)
    except FormulaError as error:
        remove(operation)
        raise ValueError(f"The operation {operation.name!r} cannot be read: {error}") from None
