"""What formulas can be run with, one module each.

A module has `DTYPES`, the names of the number types it computes in, `THREADS`, whether it can use
several, and `start`, a context manager that takes `Settings` and gives a `Backend`.
Packages and compilers are looked for when a backend starts; where one is missing,
MissingPackageError or BenchError says what to install.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from actx.core.errors import UsageError

if TYPE_CHECKING:
    from actx.calculus.formula import Formula

BACKENDS = (
    "numpy", "torch", "torch-compile", "triton", "cuda", "c", "numba", "onnxruntime", "sleef",
)  # fmt: skip
DTYPES = ("float32", "float64", "float16", "bfloat16")


@dataclass(frozen=True)
class Settings:
    """How to run. size: of the array, None for a usual one. device, composed: for torch."""

    dtype: str
    size: int | None
    threads: int
    device: str | None = None
    composed: bool = False


@dataclass(frozen=True)
class Kernel:
    """A formula ready to be timed.

    forward computes it at all numbers; both computes it and its derivative times a gradient, saved:
    bytes for one number that are kept in between; None where there is no derivative. code: what
    runs, in words.
    """

    code: str
    forward: Callable[[], object]
    both: Callable[[], object] | None
    saved: float | None


USUAL_SIZE = 1_000_000


class Backend(Protocol):
    """A way to run formulas.

    size: numbers in the array. device: in words. versions: of what takes part, by name. copy: the
    array copied into another one, which nothing that reads and writes as much is faster than.
    """

    size: int
    device: str
    versions: Mapping[str, str]

    def copy(self) -> object:
        """Copy the array."""

    def kernel(self, formula: Formula) -> Kernel:
        """A formula made ready. Raises BenchError where it cannot be."""

    def seconds(self, call: Callable[[], object], calls: int) -> float:
        """How long so many calls take, waited for to the end."""


class Module(Protocol):
    """What the module of a backend has."""

    DTYPES: tuple[str, ...]
    THREADS: bool
    start: Callable[[Settings], AbstractContextManager[Backend]]


def backend_module(name: str) -> Module:
    """The module of a backend. Raises UsageError for one that is not known."""
    if name not in BACKENDS:
        from actx.language.tokens import suggestion

        raise UsageError(
            f"There is no backend {name!r} here; there are {', '.join(BACKENDS)}."
            f"{suggestion(name, list(BACKENDS))}"
        )
    module: Module = import_module(f"{__name__}.{name.replace('-', '_')}")
    return module


def check(name: str, module: Module, settings: Settings) -> None:
    """Whether a backend can do what is asked. Raises UsageError."""
    if settings.threads < 1 or (settings.size is not None and settings.size < 1):
        raise UsageError("The size of the array and the number of threads are whole and above 0.")
    if settings.dtype not in DTYPES:
        raise UsageError(
            f"There is no number type {settings.dtype!r} here; there are {', '.join(DTYPES)}."
        )
    if settings.dtype not in module.DTYPES:
        raise UsageError(
            f"The backend {name} computes in {', '.join(module.DTYPES)}; not in {settings.dtype}."
        )
    if settings.threads > 1 and not module.THREADS:
        raise UsageError(
            f"The backend {name} computes in one thread.", "Leave out {threads}.", threads=None
        )


def check_torch(names: Sequence[str], settings: Settings) -> None:
    """Whether what only torch can do is asked of it. Raises UsageError."""
    if settings.device not in (None, "cpu", "cuda"):
        raise UsageError(f"The device is cpu or cuda; it cannot be {settings.device!r}.")
    if not any(name.startswith("torch") for name in names) and (
        settings.device or settings.composed
    ):
        raise UsageError(
            "",
            "{device} and {composed} are for the backend torch.",
            device=None,
            composed=None,
        )
