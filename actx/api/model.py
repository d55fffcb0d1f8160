"""The activations of a trained network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actx.calculus.formula import Formula
from actx.calculus.reading import Values, numbers, read_formulas
from actx.core.alone import alone
from actx.core.errors import UsageError
from actx.core.files import check_place, shown
from actx.core.norms import Norm, norm_named
from actx.core.progress import Progress
from actx.present.page import write_page
from actx.present.pictures.output import PAGES, PICTURES, check_output
from actx.present.pictures.sheet import sheet_of
from actx.registry import Registry, load_registry
from actx.studies.model.decoding import Decoding, decoding
from actx.studies.model.model import report
from actx.studies.model.modules import is_module
from actx.studies.model.results import Bounds, ModelReport
from actx.studies.model.subject import Change
from actx.studies.model.tables import NAME
from actx.studies.search.reading import load_families

if TYPE_CHECKING:
    from torch import nn

SEARCH = "search"  # in place of a formula: the families, and the registry
KEEP = 0.999
COSTS = ("operations", "time")
_SEARCHED = ("keep", "tolerance", "labels", "families", "resume")  # what is for searches only
_FITTED = ("data", "max")
_NETWORK = ".onnx"
_PICTURES = [f".{each}" for each in PICTURES]
_PAGES = [f".{each}" for each in PAGES]


@alone()
def model(
    network: str | Path | nn.Module,
    data: Any = None,
    *,
    replacement: str | Formula | Sequence[str | Formula] | None = None,
    to: str | None = None,
    at: str | int | Sequence[str | int] = (),
    norm: str = "data",
    keep: float | None = None,
    tolerance: float | None = None,
    labels: Any = None,
    decode: str | None = None,
    cost: str = "operations",
    families: Sequence[str | Path] = (),
    resume: str | Path | None = None,
    output: str | Path | Sequence[str | Path] = (),
    width: str | float | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
    jobs: int = 1,
) -> ModelReport:
    """The activations of a network: what they are, and what they see.

    network: an ONNX file, or a module of PyTorch's, which is taken through torch.export and needs
    data, arrays or tensors by the names of its forward's arguments; `apply` of the result then puts
    what was chosen into a copy of the module.

    An activation is a maximal region of pointwise operations that depends on one tensor and
    constants only. It is recognised where it is proven to be alpha·f(beta·x + gamma) + delta for a
    formula f of the registry, as an identity or to within 1e-6 on the whole line.

    data: inputs to run it on, examples along the first axis: an array, arrays by the names of the
    inputs, an .npz file of such, an .npy file, or a folder of .npy files with such names; what each
    activation sees is collected in one pass and bounded memory. jobs: how many processes do that,
    which are forked, on Linux. replacement: a formula that takes the place of f; the scale and the
    shift about it stay. With data, the outputs are compared with each place replaced alone, and
    with all. at: which places, by formula, number (from 1 on) or tensor; all that are recognised,
    where these are of one formula or a search is asked for. set: values for parameters of the
    replacement; those without one are fitted for each place to what it sees, which needs data: in
    the norm "data", the root mean square over its inputs, or "max", the largest error over their
    range.

    to: "int8-table" in place of a replacement: the best table of 256 integers for what each place
    computes over the range that it sees, as standard operators that quantise, look up and scale.

    replacement "search", or several formulas: the cheapest of the registry's and of the families',
    or of these, for each place such that the outputs stay within bounds; greedy, each step
    measured. Of the families and the registry what is hardly nearer over the data than a cheaper
    one that does not do is passed over. keep: the share of rows of the outputs whose largest entry
    must stay where it was (0.999 where no bound is given). tolerance: how far a number in the
    outputs may move. labels: for each example the place that the largest entry should have, an
    array or a file; keep is then the share of the rows that were right how many must be right.
    decode: "ctc" reads outputs of sequences as texts, and keep is then the share of texts that must
    stay as they were: of each step the largest entry, those in a row alike once, without the blank,
    which is the first entry, or with "ctc:N" that of the number N.
    cost: what is to be small, "operations" as
    `actx search` counts them, or "time", that of a place in onnxruntime here; of what counts fewer
    operations then what is faster is tried, the fastest first. families: TOML files with further
    ones. resume: a file that keeps what is measured, and from
    which a search goes on.

    output: files, each by its ending: .onnx for the new network, its operators' version, weights
    and all else as they are; .png, .svg or .pdf for a picture of what the activations see; .html
    for a page with all of it. width: of a picture, for print, as of `plot`. An interrupt
    (KeyboardInterrupt) ends the work with what is measured so far, and no file is written. Raises
    UsageError for files that are no network or do not fit it, ModelError where there is no
    activation or the network cannot be run, PictureError where nothing can be drawn, and
    MissingPackageError without onnx and, with data, onnxruntime.
    """
    known = registry or load_registry()
    read = None if decode is None else decoding(decode)
    if cost not in COSTS:
        raise UsageError(f"Costs are {' or '.join(COSTS)}; they cannot be {cost!r}.")
    asked = _Asked(_norm(norm), keep, tolerance, labels, families, resume, read, cost == COSTS[1])
    new, files = _files(output)
    if width is not None:
        sheet_of(width)
    if is_module(network) and data is None:
        raise UsageError("A module is exported with inputs for it.", "Give {data}.", data=None)
    if data is None and any(file.suffix.lower() in _PICTURES for file in files):
        raise UsageError(
            "A picture shows what the activations see, which takes inputs.",
            "Give {data}.",
            data=None,
        )
    if to is None:
        change = _change(replacement, at, new, set, known, asked)
    else:
        change = _tables(to, replacement, at, new, set, asked)
    result = report(network, data, known, change, progress, jobs)
    if result.stopped:
        return result
    result = replace(result, files=tuple(files))
    for file in files:
        if file.suffix.lower() in _PAGES:
            write_page(result, file)
        else:
            result.save(file, width)
    return result


def _files(output: str | Path | Sequence[str | Path]) -> tuple[Path | None, list[Path]]:
    """The file of the network, and those of pictures and pages; each can be written.

    Raises UsageError, PictureError.
    """
    paths = [Path(each) for each in ([output] if isinstance(output, str | Path) else output)]
    networks = [path for path in paths if path.suffix.lower() == _NETWORK]
    if len(networks) > 1:
        raise UsageError("There is one new network, which goes into one .onnx file.")
    for path in paths:
        if path in networks:
            check_place(path, "network", UsageError)
        elif path.suffix.lower() in _PICTURES or path.suffix.lower() in _PAGES:
            check_output(path, (*PICTURES, *PAGES))
        else:
            raise UsageError(
                f"A network is written into an .onnx file, a picture of what its activations see "
                f"into .png, .svg or .pdf, a page into .html; {shown(path)!r} is none of these."
            )
    return networks[0] if networks else None, [path for path in paths if path not in networks]


def _norm(name: str) -> Norm:
    if name not in _FITTED:
        raise UsageError(
            f"Parameters are fitted in one of the norms {', '.join(_FITTED)} over what a place "
            f"sees; it cannot be {name!r}."
        )
    return norm_named(name)


@dataclass(frozen=True)
class _Asked:
    """What is asked of a search; norm: of any fit."""

    norm: Norm
    keep: float | None
    tolerance: float | None
    labels: Any
    families: Sequence[str | Path]
    resume: str | Path | None
    decode: Decoding | None
    timed: bool

    def check_none(self) -> None:
        """Raise UsageError for what is for searches only."""
        given = {name: getattr(self, name) for name in _SEARCHED}
        given["cost"] = COSTS[1] if self.timed else None
        for name, value in given.items():
            if value is not None and not (name == "families" and not value):
                raise UsageError(
                    "What is to be kept is asked of a search.",
                    f"Give {{{name}}} with {{replacement}}, or with several formulas.",
                    **{name: None, "replacement": SEARCH},
                )

    @property
    def bounds(self) -> Bounds:
        """What the outputs are to stay within. Raises UsageError."""
        if self.labels is not None and self.decode is not None:
            raise UsageError(
                "Labels are of rows, and texts are read from many rows together.",
                "Give one of {labels} and {decode}.",
                labels=None,
                decode=None,
            )
        keep = self.keep
        if keep is None and self.tolerance is None:
            keep = KEEP
        if keep is None and self.labels is not None:
            keep = KEEP
        if keep is not None and not 0 <= keep <= 1:
            raise UsageError(f"What is kept is a share from 0 to 1; it cannot be {keep!r}.")
        if self.tolerance is not None and not 0 <= self.tolerance < math.inf:
            raise UsageError(f"A tolerance is a number from 0 on; it cannot be {self.tolerance!r}.")
        return Bounds(
            keep, self.tolerance, labels=self.labels is not None, texts=self.decode is not None
        )


def _tables(
    to: str,
    replacement: object,
    at: str | int | Sequence[str | int],
    output: Path | None,
    values: Values | None,
    asked: _Asked,
) -> Change:
    """Tables in the places. Raises UsageError."""
    if to != NAME:
        raise UsageError(f"Activations become formulas or {NAME}; they cannot become {to!r}.")
    if replacement is not None or values:
        raise UsageError(
            "A table takes the place of what is there, and has no formula of its own.",
            "Leave out {replacement} and {set}.",
            replacement=None,
            set=None,
        )
    asked.check_none()
    return Change((), _named(at), output, asked.norm, tables=True, decode=asked.decode)


def _named(at: str | int | Sequence[str | int]) -> list[str]:
    return [str(place) for place in ([at] if isinstance(at, str | int) else at)]


def _change(
    replacement: str | Formula | Sequence[str | Formula] | None,
    at: str | int | Sequence[str | int],
    output: Path | None,
    values: Values | None,
    registry: Registry,
    asked: _Asked,
) -> Change | None:
    """What is to be replaced, checked before anything runs. Raises UsageError."""
    given = [replacement] if isinstance(replacement, str | Formula) else list(replacement or ())
    if not given:
        if at or output is not None or values:
            raise UsageError(
                "There is nothing to replace.",
                "Give a formula with {replacement}.",
                replacement=None,
            )
        asked.check_none()
        if asked.decode is not None:
            raise UsageError(
                "Texts are read to see what becomes of them where something is replaced.",
                "Give {decode} with {replacement}.",
                decode=None,
                replacement=None,
            )
        return None
    places = _named(at)
    texts = [each for each in given if each != SEARCH]
    formulas = read_formulas(texts, numbers(values or {}), registry) if texts else []
    if len(given) == 1 and texts:
        asked.check_none()
        return Change(formulas, places, output, asked.norm, decode=asked.decode)
    if values and not texts:
        raise UsageError("A search finds the values of parameters itself; there is none to set.")
    families = () if len(texts) == len(given) else load_families(asked.families)
    resume = None if asked.resume is None else Path(asked.resume)
    return Change(
        formulas, places, output, asked.norm, asked.bounds, families, asked.labels, resume,
        decode=asked.decode, timed=asked.timed,
    )  # fmt: skip
