"""actx: explore approximations of activation functions on the whole real line.

    import actx
    actx.compare("hard-mish", "mish").rows[0].max_error.value
    actx.fit("2x*sigmoid(a*x)", target="mish").parameters

The functions here are what the commands call; they return the records of
`actx.analysis.results`. Everything heavy is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from actx.api import (
        bench,
        compare,
        export,
        finetune,
        fit,
        formula,
        kinks,
        load_families,
        load_registry,
        morph,
        plot,
        prove,
        search,
        show,
        write_report,
    )
    from actx.domain import Domain
    from actx.errors import ActxError

__all__ = [
    "ActxError",
    "Domain",
    "__version__",
    "bench",
    "compare",
    "export",
    "finetune",
    "fit",
    "formula",
    "kinks",
    "load_families",
    "load_registry",
    "morph",
    "plot",
    "prove",
    "search",
    "show",
    "write_report",
]

_HOME = {"ActxError": "actx.errors", "Domain": "actx.domain"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'actx' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME.get(name, "actx.api")), name)
