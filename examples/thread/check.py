"""Writes README.md and its pictures: the forum thread on hard-mish, checked.

python examples/thread/check.py [FOLDER]      (this one by default)
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from statements import FALSE, HOLDS, OPEN, PARTLY, SHOWN, jumps, minimum, rows, show

import actx

HERE = Path(__file__).parent

INTRODUCTION = """\
# The thread, checked

What people said of stand-ins for Mish in the forum discussion that hard-mish comes from, and what
actx finds. Digits without a mark are proven; `~` marks what is computed and not proven, such as the
place of a largest error. Errors are candidate − target on the whole line unless a part of it is
named. “As closely as” is judged by the largest error.

This page is written by `python examples/thread/check.py`; do not edit it by hand.
"""
CLOSING = """\
A statement on cost holds only so far: operations are counted here, and a machine may see it
differently. What is not measured here needs a CUDA machine, or training.
"""


def page() -> str:
    """The page as Markdown."""
    found = list(rows())
    verdicts = Counter(row.verdict for row in found)
    counts = ", ".join(f"{verdicts[verdict]} {words}" for verdict, words in WORDS.items())
    return "\n".join(
        [
            INTRODUCTION,
            f"Of {len(found)} statements: {counts}.",
            "",
            "| statement | what actx finds | |",
            "| --- | --- | --- |",
            *(f"| {cell(r.quote)} | {cell(r.found)} | **{r.verdict}** |" for r in found),
            "",
            CLOSING,
            *formulas(),
            *pictures_as_text(),
        ]
    )


def cell(text: str) -> str:
    return text.replace("|", "\\|")


WORDS = {
    HOLDS: "hold",
    PARTLY: "hold only so far",
    FALSE: "do not hold",
    OPEN: "are not measured here",
}
NAMES = (
    "mish", "hard-swish", "hard-mish", "hard-mish-4", "hard-mish-3", "hard-mish-4-relu",
    "approx-mish", "linear-swish", "aptx", "swish", "relu",
)  # fmt: skip


def formulas() -> Iterator[str]:
    yield "## The formulas"
    yield ""
    yield "| name | formula | minimum | smoothness | kinks |"
    yield "| --- | --- | --- | --- | --- |"
    for name in NAMES:
        found = show(name)
        smooth = SHOWN.smoothness(found.smoothness, found.kinks, found.undecided)
        yield f"| {name} | `{found.formula}` | {minimum(name)} | {smooth} | {jumps(name)} |"
    yield ""


PICTURES = {
    "clips.svg": "x·Reluk(x+3)/k for k = 3, 4, 5 and 6: values, errors against Mish, slopes",
    "stand-ins.svg": "The stand-ins approx-mish, linear-swish, APTx and hard-mish over Mish",
    "morph.gif": "From Mish to hard-mish",
}


def pictures_as_text() -> Iterator[str]:
    yield "## Pictures"
    for name, what in PICTURES.items():
        yield f"\n{what}.\n\n![{what}]({name})"
    yield ""


def draw(folder: Path) -> None:
    """Write the pictures."""
    actx.plot(
        "hard-mish-3", "hard-mish-4", "hard-mish", "hard-swish",
        output=folder / "clips.svg", view=(-5, 5),
    )  # fmt: skip
    actx.plot(
        "approx-mish", "linear-swish", "aptx", "hard-mish",
        output=folder / "stand-ins.svg", view=(-6, 4),
    )  # fmt: skip
    actx.morph("mish", "hard-mish", output=folder / "morph.gif", view=(-5, 4), budget=None)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(page(), encoding="utf-8")
    draw(folder)
    print(folder / "README.md")
