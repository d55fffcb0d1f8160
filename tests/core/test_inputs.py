"""Inputs from files that are not trusted: what is read, and what is said of what cannot be."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path

import numpy as np
import pytest
from commands import run, run_json

import actx
from actx.core.inputs import DataError, inputs_of

X = [-2.5, 0.0, 0.75, 3.0]


def write(folder: Path, kind: str, values: list[float]) -> Path:
    path = folder / f"inputs{kind}"
    if kind == ".npy":
        np.save(path, np.array(values, dtype=np.float32))
    elif kind == ".npz":
        np.savez_compressed(path, layer=np.array(values).reshape(2, -1))
    elif kind == ".csv":
        path.write_text("x\n" + "\n".join(map(str, values)) + "\n\n")
    else:
        np.savetxt(path, np.array(values))
    return path


@pytest.mark.parametrize("kind", [".npy", ".npz", ".csv", ".txt"])
def test_every_kind_of_file_is_read(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path, kind, X)
    assert inputs_of(path).tolist() == X
    assert inputs_of(str(path)).dtype == np.float64


@pytest.mark.parametrize("kind", [".npy", ".txt"])
def test_the_command_tells_errors_over_data(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path, kind, X)
    row = run_json("compare", "relu", "x^2", "--data", str(path))["rows"][0]
    sizes = [abs(max(x, 0) - x * x) for x in X]
    rms = math.sqrt(math.fsum(s * s for s in sizes) / 4)
    assert row["data"] == pytest.approx(
        {"rms": rms, "mean_abs": math.fsum(sizes) / 4, "max": max(sizes), "count": 4}, rel=1e-14
    )
    assert "over 4 inputs" in run("compare", "relu", "x^2", "--data", str(path)).stdout
    both = run("compare", "relu", "abs(x)", "x^2", "--data", str(path)).stdout
    assert "~data RMS" in both


def test_only_inputs_in_the_domain_count() -> None:
    row = actx.compare("relu", "x^2", domain="-3:-1,0.5:4", data=np.array(X)).rows[0]
    assert row.data is not None
    assert (row.data.count, row.data.max) == (3, 6.25)
    with pytest.raises(DataError, match="None of the 4 inputs lies in the domain 5:6"):
        actx.compare("relu", "x^2", domain="5:6", data=X)


def test_large_errors_do_not_overflow() -> None:
    row = actx.compare("x", "-x", data=[1e200, -1e200]).rows[0]
    assert row.data is not None
    assert row.data.rms == pytest.approx(2e200, rel=1e-15)


TEXTS = [
    ("1\n2\nnan\n", "'nan' in line 3"),
    ("1\ninf\n", "'inf' in line 2"),
    ("1,2,3\n4,5,6\n", "3 columns in line 1"),
    ("x\n1\ntwo\n", "'two' in line 3"),
    ("", "holds no inputs"),
    ("# nothing\n\n", "holds no inputs"),
    ("x\ny\n", "'y' in line 2"),
]


@pytest.mark.parametrize(("text", "said"), TEXTS)
def test_what_is_wrong_in_a_text_is_said_with_its_line(
    text: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    done = run("compare", "relu", "mish", "--data", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())
    assert "bad.csv" in done.stderr
    assert "Traceback" not in done.stderr


def saved(array: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


HUGE = saved(np.zeros(3)).replace(b"(3,), ", b"(999999999999,), ")[:128] + b"\0" * 24
ARRAYS = {
    "nan": (saved(np.array([1.0, math.nan])), "nan at position 1"),
    "object": (saved(np.array([{}, 1], dtype=object)), "holds object"),
    "text": (saved(np.array(["a"])), "not numbers"),
    "complex": (saved(np.array([1j])), "complex128"),
    "scalar": (saved(np.float64(1)), "a single number"),
    "empty": (saved(np.zeros((0, 3))), "no inputs"),
    "cut off": (saved(np.zeros(100))[:300], "ends before the 100 numbers"),
    "no array": (b"hello", "no array of NumPy's"),
    "nothing": (b"", "no array of NumPy's"),
    "head of a huge one": (HUGE, "numbers"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_what_is_wrong_in_an_array_is_said(name: str, tmp_path: Path) -> None:
    content, said = ARRAYS[name]
    path = tmp_path / "bad.npy"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        inputs_of(path)
    assert said in str(caught.value)
    assert "bad.npy" in str(caught.value)
    with zipfile.ZipFile(tmp_path / "bad.npz", "w") as archive:
        archive.writestr("x.npy", content)
    with pytest.raises(DataError, match=r"bad\.npz"):
        inputs_of(tmp_path / "bad.npz")


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04")
    (tmp_path / "data.json").write_text("[1]")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    np.savez(tmp_path / "two.npz", a=np.ones(2), b=np.ones(2))
    for name, said in (
        ("bad.npz", "no .npz file"),
        ("data.json", "of no kind"),
        ("binary.txt", "no text in UTF-8"),
        ("two.npz", "2 arrays (a, b)"),
        ("missing.npy", "does not exist"),
    ):
        with pytest.raises(DataError) as caught:
            inputs_of(tmp_path / name)
        assert said in str(caught.value)


def test_an_input_without_a_value_is_named() -> None:
    with pytest.raises(actx.ActxError, match="no value at the input"):
        actx.compare("log(x)", "x", domain="0:4", data=[0.0, 1.0])


def test_a_fit_tells_its_errors_over_data(tmp_path: Path) -> None:
    path = write(tmp_path, ".npy", [-1.5, -0.5, 0.5, 2.0])
    form = run_json("fit", "a*x", "--target", "x^2", "--domain", "0:1", "--data", str(path))
    a = form["parameters"]["a"]
    error = abs(a * 0.5 - 0.25)  # of the one input in the domain
    assert form["data"] == pytest.approx(
        {"rms": error, "mean_abs": error, "max": error, "count": 1}, rel=1e-12
    )
    text = run("fit", "a*x", "--target", "x^2", "--domain", "0:1", "--data", str(path)).stdout
    assert "data RMS" in text
    assert actx.fit("a*x", "x^2", domain=(0, 1)).data is None
