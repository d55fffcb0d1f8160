"""actx: explore approximations of activation functions on the whole real line.

    import actx
    actx.compare("hard-mish", "mish").rows[0].max_error.value
    actx.fit("2x*sigmoid(a*x)", target="mish").parameters

The functions here are what the commands call; they return the records of
`actx.analysis.results`. Everything heavy is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import actx.api  # noqa: F401  (so that results show themselves, from wherever they come)
from actx.core.version import __version__

if TYPE_CHECKING:
    from actx.api.bench import bench
    from actx.api.compare import compare
    from actx.api.explore import explore
    from actx.api.export import export
    from actx.api.finetune import finetune
    from actx.api.fit import fit
    from actx.api.integer_table import fixed_table, integer_table
    from actx.api.kinks import kinks
    from actx.api.model import model
    from actx.api.morph import morph
    from actx.api.plot import plot
    from actx.api.prove import prove
    from actx.api.report import write_report
    from actx.api.search import load_families, search
    from actx.api.show import show
    from actx.api.table import table, table_sizes
    from actx.calculus.reading import formula
    from actx.core.domain import Domain
    from actx.core.errors import ActxError
    from actx.registry import load_registry

# where each name is from, imported when it is first used
_HOME = {
    "ActxError": "actx.core.errors",
    "Domain": "actx.core.domain",
    "bench": "actx.api.bench",
    "compare": "actx.api.compare",
    "explore": "actx.api.explore",
    "export": "actx.api.export",
    "finetune": "actx.api.finetune",
    "fit": "actx.api.fit",
    "fixed_table": "actx.api.integer_table",
    "formula": "actx.calculus.reading",
    "integer_table": "actx.api.integer_table",
    "kinks": "actx.api.kinks",
    "load_families": "actx.api.search",
    "load_registry": "actx.registry",
    "model": "actx.api.model",
    "morph": "actx.api.morph",
    "plot": "actx.api.plot",
    "prove": "actx.api.prove",
    "search": "actx.api.search",
    "show": "actx.api.show",
    "table": "actx.api.table",
    "table_sizes": "actx.api.table",
    "write_report": "actx.api.report",
}

# fmt: off
__all__ = [
    "ActxError", "Domain", "__version__", "bench", "compare", "explore", "export", "finetune",
    "fit", "fixed_table", "formula", "integer_table", "kinks", "load_families", "load_registry",
    "model", "morph", "plot", "prove", "search", "show", "table", "table_sizes", "write_report",
]
# fmt: on


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'actx' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
