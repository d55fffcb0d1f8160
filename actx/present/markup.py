"""Results for papers and pages: LaTeX and Markdown tables, with the digits of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from actx.core.numbers import align
from actx.core.views import Shown
from actx.present.parts import Grid, parts
from actx.present.terminal import printable

# What LaTeX reads otherwise than it is meant; of what is no ASCII, what a sheet may hold.
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "%": r"\%", "&": r"\&",
    "#": r"\#", "$": r"\$", "^": r"\^{}", "~": r"$\sim$", "|": "$|$", "<": "$<$", ">": "$>$",
    "∞": r"$\infty$", "≤": r"$\le$", "≥": r"$\ge$", "≠": r"$\ne$", "→": r"$\to$", "±": r"$\pm$",
    "·": r"$\cdot$", "×": r"$\times$", "−": "$-$", "—": "---", "–": "--", "…": r"\dots{}",
    "′": "$'$", "²": "$^2$", "³": "$^3$", "√": r"$\surd$", "∫": r"$\int$", "½": "1/2", "“": "``",
    "”": "''", "ˣ": "$^x$", "⁰": "$^0$", "⁻": "$^-$", "α": r"$\alpha$", "β": r"$\beta$",
    "γ": r"$\gamma$", "δ": r"$\delta$", "λ": r"$\lambda$", "φ": r"$\varphi$", "Φ": r"$\Phi$",
}  # fmt: skip
_END = r"\end{tabular}"
_PAGE = 60  # characters of a table that the text of an article has room for
_MARKDOWN = re.compile(r"([\\`*_<>|~\[\]])")
_NUMBER = re.compile(r"(~?-?\d+)((?:\.\d*)?(?:e[+-]?\d+)?(?:±[\d.e+-]+)?)")
_MINUS = re.compile(r"(?<![\w.)\]])-(?=[\d.∞])")


def latex(result: Shown) -> str:
    """Tables for a paper; it needs the package booktabs. Raises TypeError for what has none.

    Decimal points stand below each other: a number has two columns. What is no table is a comment.
    """
    lines: list[str] = ["% \\usepackage{booktabs}"]
    for part in parts(result, _PAGE):
        if isinstance(part, str):
            lines += [f"% {line}" for line in part.split("\n")]
        else:
            lines += [*([""] if _END in lines else []), *_tabular(part)]
    return "\n".join(lines) + "\n"


def markdown(result: Shown) -> str:
    """Tables and paragraphs in Markdown, as GitHub reads it. Raises TypeError for what has none."""
    texts = [
        _plain(part) if isinstance(part, str) else "\n".join(_pipes(part)) for part in parts(result)
    ]
    return "\n\n".join(texts) + "\n"


MARKUPS: Mapping[str, Callable[[Shown], str]] = {"latex": latex, "markdown": markdown}


def _tabular(grid: Grid) -> list[str]:
    numeric = _numeric(grid)
    divided = [any(_number(cell)[1] for cell in cells) for cells in zip(*grid.rows, strict=True)]
    kinds = list(zip(numeric, divided or numeric, strict=True))
    ends = ["l" if not number else "r@{}l" if two else "r" for number, two in kinds]
    *others, last = [max(map(len, cells)) for cells in zip(*grid.rows, strict=True)] or [0]
    broken = sum(others) + last > _PAGE and ends[-1] == "l"  # words, which a paragraph breaks
    if broken:
        beside = rf"{2 * len(ends)}\tabcolsep-{sum(others) / 2 + 1:g}em"  # letters of half an em
        ends[-1] = rf"p{{\dimexpr\linewidth-{beside}\relax}}"
    lines = [[rf"\noindent\begin{{tabular}}{{{''.join(ends)}}}", r"\toprule"]]
    if grid.heads:
        lines += [[_latex_row([_beside(h, *k) for h, k in zip(grid.heads, kinds, strict=True)])]]
        lines += [[r"\midrule"]]
    for row in grid.rows:
        cells = [_latex_cell(cell, *kind) for cell, kind in zip(row, kinds, strict=True)]
        if broken:
            cells[-1] = cells[-1].replace("*", r"*\allowbreak{}")
        lines += [[_latex_row(cells)]]
    return [*(line for each in lines for line in each), r"\bottomrule", _END]


def _latex_row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _latex_cell(cell: str, number: bool, two: bool) -> str:
    """A cell; a number of a column that is divided has its decimal point in the second part."""
    before, after = _number(cell)
    if not (number and two and before):
        return _beside(cell, number, two)
    power = re.sub(r"e([+-]?)0*(\d+)", lambda m: rf"\cdot10^{{{m[1].strip('+')}{m[2]}}}", after)
    power = power.replace("±", r"\pm ")
    return f"{_escaped(before)} & {after if power == after else f'${power}$'}"


def _beside(cell: str, number: bool, two: bool) -> str:
    """What is no number, in a column that may be of some."""
    return rf"\multicolumn{{2}}{{r}}{{{_escaped(cell)}}}" if number and two else _escaped(cell)


def _number(cell: str) -> tuple[str, str]:
    """A number's text before and from the decimal point on, both empty where it is none."""
    found = _NUMBER.fullmatch(cell)
    return (found[1], found[2]) if found else ("", "")


def _escaped(text: str) -> str:
    text = _MINUS.sub("−", printable(text.strip()))
    return "".join(_LATEX.get(c, c) for c in text).replace("$$", "")  # signs that follow each other


def _pipes(grid: Grid) -> list[str]:
    numeric = _numeric(grid)
    columns = list(zip(*grid.rows, strict=True)) or [()] * len(grid.heads)
    heads = grid.heads or ("",) * len(columns)
    padded = []
    for text, cells, number in zip(heads, columns, numeric, strict=True):
        plain = [_plain(cell) for cell in (align(cells) if number else cells)]
        width = max(map(len, (_plain(text), "---", *plain)))
        fill = str.rjust if number else str.ljust
        rule = f"{'-' * (width - 1)}{':' if number else '-'}"
        padded.append([fill(_plain(text), width), rule, *(fill(cell, width) for cell in plain)])
    return [f"| {' | '.join(row)} |" for row in zip(*padded, strict=True)]


def _plain(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", printable(text))


def _numeric(grid: Grid) -> list[bool]:
    """Of each column, whether it is of numbers, and of what may stand in the place of one."""
    if not grid.heads or not grid.rows:
        return [False] * len(grid.heads or grid.rows[0])
    columns = zip(*grid.rows, strict=True)
    return [2 * sum(bool(_number(cell)[0]) for cell in cells) > len(cells) for cells in columns]
