"""Tables in LaTeX and Markdown: whole, and with the digits of the text."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from commands import refused, run

import actx

RESULTS = {
    "compare": lambda: actx.compare("hard-mish", "swish", "gelu", "mish"),
    "one": lambda: actx.compare("hard-mish", "mish"),
    "fit": lambda: actx.fit("2x*sigmoid(a*x)", variants=True),
    "table": lambda: actx.table("tanh", segments=4),
    "small": lambda: actx.compare("mish + 1e-9*x", "mish", domain=(-1, 1)),
}
NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?:e[+-]?\d+)?")


@pytest.fixture(scope="module", params=RESULTS)
def result(request: pytest.FixtureRequest) -> Any:
    return RESULTS[request.param]()


def numbers(text: str) -> set[str]:
    return {re.sub(r"e([+-])0*", r"e\1", found) for found in NUMBER.findall(text)}


def test_latex_is_whole_and_has_the_digits_of_the_text(result: Any) -> None:
    text = result.to_latex()
    assert text.startswith("% \\usepackage{booktabs}\n")
    blocks = re.findall(
        r"\\begin\{tabular\}\{((?:r@\{\}l|r|l|p\{[^}]*\})+)\}\n\\toprule\n(.*?)\\bottomrule\n\\end\{tabular\}",
        text, re.S,
    )  # fmt: skip
    assert len(blocks) == text.count("tabular}{") >= 1
    for spec, inside in blocks:
        width = len(re.sub(r"@\{\}|(?<=p)\{[^}]*\}", "", spec))
        for row in inside.replace("\\midrule\n", "").splitlines():
            assert row.endswith(r" \\")
            cells = re.split(r"(?<!\\)&", row)
            spanned = row.count("\\multicolumn{2}")
            assert len(cells) + spanned == width, row
            bare = re.sub(r"\\.", "", row)
            assert bare.count("{") == bare.count("}")
            assert bare.count("$") % 2 == 0
            assert not re.search(r"[_^#%~]", re.sub(r"\$[^$]*\$", "", bare))
            assert row.isascii()
    joined = text.replace(" & .", ".").replace("$", "").replace(r"\sim", "~")
    joined = re.sub(r" & (?=\.|\\cdot)|\\cdot10\^\{(-?)(\d+)\}",
                    lambda m: f"e{m[1] or '+'}{m[2]}" if m[2] else "", joined)  # fmt: skip
    assert numbers(str(result)) <= numbers(joined)


def test_markdown_is_whole_and_has_the_digits_of_the_text(result: Any) -> None:
    text = result.to_markdown()
    assert numbers(str(result)) <= numbers(text)
    for block in text.split("\n\n"):
        if block.startswith("|"):
            lines = block.splitlines()
            counts = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
            assert len(counts) == 1
            assert len({len(line) for line in lines}) == 1
            assert re.fullmatch(r"\|( -+:? \|)+", lines[1])


def test_decimal_points_stand_below_each_other(result: Any) -> None:
    """In Markdown's own text; in LaTeX the point begins the second part of a column."""
    for block in result.to_markdown().split("\n\n"):
        lines = block.splitlines()
        if not block.startswith("|") or not re.search(r"-:", lines[1]):
            continue
        for place in [m.start() for m in re.finditer(r"-: \|", lines[1])]:
            left = lines[1].rfind("|", 0, place)
            cells = [line[left + 1 : place + 3] for line in lines[2:]]
            whole = [c for c in cells if re.fullmatch(r" *(\\~)?-?\d+\.\d+ *", c)]
            points = {cell.index(".") for cell in whole}
            assert len(points) <= 1, cells


def test_commands_write_them() -> None:
    done = run("compare", "hard-mish", "swish", "mish", "--latex")
    assert (done.returncode, done.stderr) == (0, "")
    assert "hard-mish & 0 & .1595466 & $-$1 & .729748" in done.stdout
    done = run("table", "tanh", "--segments", "4", "--markdown")
    assert "| -1.119963526 | -0.8777931807 |" in done.stdout
    assert "--json and --latex" in refused("fit", "a*x", "--json", "--latex")
    assert "not for --to" in refused("table", "tanh", "--latex", "--to", "c")


def test_search_writes_its_front() -> None:
    found = run("search", "--target", "relu", "--domain=-1:1", "--family", "clipped-quadratic",
                "--jobs", "1", "--markdown")  # fmt: skip
    assert (found.returncode, found.stderr) == (0, "")
    assert "| ---" in found.stdout


@pytest.mark.long
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="the program pdflatex is missing")
def test_latex_is_set_by_latex(tmp_path: Path) -> None:
    """No error, and nothing sticks out of the text of an article."""
    made = [
        actx.compare("hard-mish", "swish", "approx-mish", "mish", data=[0.1, -1.0, 2.0]),
        actx.fit("where(x<0, a*x*sigmoid(b*x) + c*x*x, d*x)", "mish", domain="-4:4"),
        actx.table("mish", 8, degree=3, domain="-8:8"),
        actx.fit("2x*sigmoid(a*x)", "mish"),
        actx.table("tanh", 4),
        actx.fixed_table(actx.table("tanh", 4)),
        actx.integer_table("tanh", like="tflite-int16"),
        actx.table_sizes("tanh", [4, 8]),
    ]
    body = "\n\n".join(each.to_latex() for each in made)
    head = r"\documentclass{article}\usepackage{booktabs}"
    body = body.replace("% \\usepackage{booktabs}\n", "")
    (tmp_path / "all.tex").write_text(f"{head}\\begin{{document}}\n{body}\n\\end{{document}}\n")
    run = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "Overfull \\hbox" not in done.stdout
