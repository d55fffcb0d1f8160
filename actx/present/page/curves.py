"""How the curves that a script draws look: one hue and dash each, the target thin and black."""

from __future__ import annotations

from collections.abc import Iterator

from actx.present.page.picture import variable
from actx.present.pictures.style import DASHES, HUES

_WIDTH = 2.0  # of a line, in px


def colour(index: int) -> str:
    """That of a template."""
    return HUES[index % len(HUES)].base.lower()


def line_rules(count: int) -> Iterator[str]:
    """The style of each line; the target's, which comes last, is thin and black."""
    for i in range(count):
        dashes = " ".join(f"{_WIDTH * length:g}" for length in DASHES[i % len(DASHES)])
        line = f"var({variable(colour(i))})"
        yield f".curve.c{i}{{stroke:{line};stroke-dasharray:{dashes or 'none'}}}\n"
        yield f".dot.c{i}{{fill:{line}}}\n.swatch.c{i}{{border-color:{line}}}\n"
    yield f"svg.panel .curve.c{count}{{stroke:var(--ink);stroke-width:1.2}}\n"
    yield f".swatch.c{count}{{border-color:var(--ink);border-top-width:0.1em}}\n"
