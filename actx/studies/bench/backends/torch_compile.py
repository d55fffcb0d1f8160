"""PyTorch with its compiler: what the backend torch runs, by torch.compile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FunctionType
from typing import Any

from actx.calculus.formula import Formula
from actx.studies.bench.backends import Backend, Settings
from actx.studies.bench.backends import torch as eager

DTYPES = eager.DTYPES
THREADS = True


def start(settings: Settings) -> AbstractContextManager[Backend]:
    """Run with torch.compile; otherwise as with torch."""
    return eager.start(settings, _compiled)


def _compiled(formula: Formula, settings: Settings) -> tuple[Callable[[Any], Any], str]:
    import torch

    function, code = eager.eager(formula, settings)
    return torch.compile(_alone(function)), f"torch.compile of {code}"


def _alone(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function with code of its own: of one code torch compiles a few variants only."""

    def run(x: Any) -> Any:
        return function(x)

    own = run.__code__.replace(co_name=f"run_{id(function)}")
    made: Callable[[Any], Any] = FunctionType(own, run.__globals__, closure=run.__closure__)
    return made
