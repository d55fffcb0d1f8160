"""The Python API: text and values in, result records out. The commands call nothing else.

One module a question, imported when it is asked.

Formulas are given as text (a registry name, an alias, or formula text) or as `Formula` objects.
Domains are `Domain` objects, `LO:HI` texts, or pairs of numbers; of several intervals `LO:HI,LO:HI`
texts, or sequences of pairs.
"""

from __future__ import annotations

from actx.core.views import Presenter, show_with


def _views() -> Presenter:
    from actx.api import views  # late: a command that fails needs nothing of what it imports

    return views


show_with(_views)
