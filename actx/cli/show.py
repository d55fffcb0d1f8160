"""`actx show`."""

from __future__ import annotations

import actx
from actx.cli.options import (
    WHOLE_LINE,
    DomainOption,
    FormulaArgument,
    JsonOption,
    RegistryOption,
    SetOption,
    assignments,
)
from actx.domain import parse_domain


def show(
    formula: FormulaArgument,
    domain: DomainOption = WHOLE_LINE,
    set: SetOption = None,
    registry: RegistryOption = None,
    json: JsonOption = False,
) -> None:
    """Show one formula: its extrema, zeros, kinks and tails.

    \b
    Examples:
      actx show hard-mish
      actx show "2x*sigmoid(a*x) if x <= 0 else x" --set a=1.25 --domain -5:5
    """
    from actx.report.progress import ProgressBar
    from actx.report.terminal import present

    with ProgressBar("exploring"):
        result = actx.show(
            formula,
            domain=parse_domain(domain),
            set=assignments(set),
            registry=actx.load_registry(*registry or ()),
        )
    present(result, json)
