"""`actx prove`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

import actx
from actx.cli.options import (
    BUDGET,
    WHOLE_LINE,
    BudgetOption,
    DomainOption,
    JsonOption,
    RegistryOption,
    SetOption,
    TableOption,
    ask,
)
from actx.core.errors import ExitStatus

if TYPE_CHECKING:
    from actx.analysis.results import Verdict


def prove(
    statement: Annotated[
        str,
        typer.Argument(
            metavar="STATEMENT",
            help="max|F| < c, max(F) < c, min(F) > c, F <= G, F == G, or F is … (see above).",
            show_default=False,
        ),
    ],
    domain: DomainOption = WHOLE_LINE,
    budget: BudgetOption = BUDGET,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> int:
    """Prove or disprove a statement about formulas.

    F is increasing, decreasing, strictly increasing, convex, concave, odd, even, bounded by c,
    Lipschitz with c, continuous, smooth or C1, or F has its minimum (maximum) at c. Increasing
    means that it never falls, so that a constant is increasing and decreasing; likewise convex. A
    statement may end with its domain: on LO:HI, for x >= c, for a < x < b.

    The exit status is 0 if it is proven, 1 if it is disproven, 3 if it stays undecided.

    \b
    Examples:
      actx prove "max|hard_mish(x) - mish(x)| < 0.16"
      actx prove "min(swish) > -0.2785"
      actx prove "tanh(x) == 2*sigmoid(2x) - 1"
      actx prove "relu6(x) <= relu(x)" --domain -10:10
      actx prove "approx_mish is C1"
      actx prove "tanh is concave and increasing for x >= 0"
    """
    from actx.present.terminal import ReaderGoneError
    from actx.present.text import present

    result = ask(
        actx.prove,
        "proving",
        statement,
        domain=domain,
        budget=budget,
        set=set,
        registry=registry,
        table=table,
    )
    with suppress(ReaderGoneError):  # the exit status says it all the same
        present(result, json)
    return _status(result)


def _status(result: Verdict) -> ExitStatus:
    from actx.analysis.results import Answer

    return {
        Answer.PROVEN: ExitStatus.DONE,
        Answer.DISPROVEN: ExitStatus.FAILED,
        Answer.UNDECIDED: ExitStatus.UNDECIDED,
    }[result.answer]
