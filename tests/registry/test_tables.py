"""Tables from files: names usable in formulas, and bad files with one paragraph each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import actx
from actx.core.errors import RegistryError
from actx.registry import tables

BAD = {
    "": "no points",
    "0,1\n": "one point",
    "x,y\n0,1\n1,\n2,3\n": "line 3 has a gap",
    "0,1\n1,nan\n": "line 2 has 'nan'",
    "0,1\n1,inf\n": "line 2 has 'inf'",
    "0,1\n1,2,3\n": "line 2 has 3 columns",
    "0,1\n1\n": "line 2 has one column",
    "0,1\n2,2\n1,3\n": "line 3 has x = 1, not above",
    "0,1\n0,2\n": "line 2 has x = 0, not above",
    "0,1\nx,y\n": "line 2 has 'x'",
    "0,1\n1,1e400\n": "line 2 has a number too large",
    "0,0\n1e-300,1e300\n": "rises too steeply",
}


@pytest.mark.parametrize("text", BAD)
def test_bad_files(text: str, tmp_path: Path) -> None:
    file = tmp_path / "act.csv"
    file.write_text(text)
    with pytest.raises(RegistryError) as found:
        actx.load_registry(tables={"act": file})
    message = str(found.value)
    assert BAD[text] in message
    assert "act.csv" in message
    assert "\n" not in message


def test_a_file_that_is_not_there_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="does not exist"):
        actx.load_registry(tables={"act": tmp_path / "none.csv"})
    with pytest.raises(RegistryError, match="is a folder"):
        actx.load_registry(tables={"act": tmp_path})
    file = tmp_path / "act.csv"
    file.write_bytes(b"0,1\n\xff\xfe,2\n")
    with pytest.raises(RegistryError, match="UTF-8"):
        actx.load_registry(tables={"act": file})


def test_no_more_than_a_million_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tables.MAX_POINTS == 1_000_000
    monkeypatch.setattr(tables, "MAX_POINTS", 1000)
    file = tmp_path / "act.csv"
    file.write_text("".join(f"{n},{n % 3}\n" for n in range(1000)))
    actx.load_registry(tables={"act": file})
    file.write_text("".join(f"{n},{n % 3}\n" for n in range(1001)))
    with pytest.raises(RegistryError, match="line 1001 is beyond 1,000 points"):
        actx.load_registry(tables={"act": file})


@pytest.mark.parametrize("separator", [",", ";", "\t", "  ", ", "])
@pytest.mark.parametrize("head", ["", "x{}y\n", "# made by hand\n\n"])
def test_a_name_in_formulas(separator: str, head: str, tmp_path: Path) -> None:
    file = tmp_path / "act.csv"
    rows = [(-2, -1), (0.1, 0.25), (3, 2)]
    file.write_text(head.format(separator) + "".join(f"{x}{separator}{y}\n" for x, y in rows))
    known = actx.load_registry(tables={"Act": file})
    x = np.linspace(-4, 4, 101)
    wanted = np.interp(x, *zip(*rows, strict=True))
    np.testing.assert_allclose(actx.formula("act", registry=known)(x), wanted, atol=1e-15)
    doubled = actx.formula("2*act(x/2) + 1", registry=known)
    np.testing.assert_allclose(doubled(2 * x), 2 * wanted + 1, atol=1e-14)
    assert doubled.text == "2*{-2: -1, 0.1: 0.25, 3: 2}(x/2) + 1"


@pytest.mark.parametrize("name", ["mish", "tanh", "x", "pi", "if", "1a", "a b", ""])
def test_names_that_are_taken(name: str, tmp_path: Path) -> None:
    file = tmp_path / "act.csv"
    file.write_text("0,0\n1,1\n")
    with pytest.raises(RegistryError, match="cannot be called"):
        actx.load_registry(tables={name: file})
