"""The suites of formulas in tests/suites: of benchmarks of numerical accuracy, and collected ones.

Each formula has a title and a domain, and perhaps the file of the benchmark that it is from and
rewrites, of which mpmath told whether they are equal to it there (`fpcore.py`).
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import actx

FOLDER = Path(__file__).parents[1] / "suites"
SUITES = ("herbie", "fpbench", "collected")


def formulas(suite: str) -> list[dict[str, Any]]:
    with (FOLDER / f"{suite}.toml").open("rb") as file:
        found: list[dict[str, Any]] = tomllib.load(file)["formulas"]
    return found


def rewrites(suite: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each formula that has some with each of its rewrites."""
    return [(f, rewrite) for f in formulas(suite) for rewrite in f.get("rewrites", ())]


def is_proven(found: Any) -> bool:
    """Whether an exploration is proven: extremes, zeros, kinks and that there are no others."""
    return (
        found.minimum.proven
        and found.maximum.proven
        and not found.undecided
        and all(kink.proven for kink in found.kinks)
        and all(zero is not None for zero in found.zero_enclosures)
        and all(e.proven for e in (*found.minima, *found.maxima))
    )


def shown(formula: dict[str, Any], budget: float = 2.0) -> Any:
    return actx.show(formula["formula"], domain=formula["domain"], budget=budget)


def largest_difference(formula: dict[str, Any], rewrite: dict[str, Any]) -> Any:
    found = actx.compare(rewrite["formula"], formula["formula"], domain=formula["domain"])
    return found.rows[0].max_error
