"""Inputs as they really occur, from an array or from a file that is not trusted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from actx.core.errors import UsageError
from actx.core.files import shown

if TYPE_CHECKING:
    from actx.core.arrays import Array

MAX_BYTES = 400_000_000
MAX_COUNT = 20_000_000
_LONGEST = 60  # characters of a line in a message
_KINDS = ".npy and .npz of NumPy's, .csv and .txt with one number a line"


class DataError(UsageError):
    """Inputs that cannot be used; the message names the file and the place in it."""


def inputs_of(given: Any) -> Array:
    """The inputs in one row of float64: an array of any shape, or the path of a file of them.

    In a .npz file there is one array; in a .csv or .txt file one number a line, where an empty
    line, one that begins with # and a head in the first are passed over. Raises DataError.
    """
    if isinstance(given, str | Path):
        return _from_file(Path(given))
    return _checked(given, "The data")


def _from_file(path: Path) -> Array:
    where = f"The file {shown(path)!r}"
    kinds = {".npy": _from_npy, ".npz": _from_npz, ".csv": _from_text, ".txt": _from_text}
    read = kinds.get(path.suffix.lower())
    if read is None:
        raise DataError(f"{where} is of no kind that data is read from: {_KINDS}.")
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist"
            raise DataError(f"{where} {what}; data is read from {_KINDS}.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            _too_large(where, f"{size:,} bytes")
        return read(path, where)
    except OSError as error:
        raise DataError(f"{where} cannot be read: {error.strerror or error}.") from None


def _too_large(where: str, size: str) -> NoReturn:
    raise DataError(
        f"{where} has {size}; at most {MAX_BYTES:,} bytes and {MAX_COUNT:,} numbers are read. "
        "A random part of it does as well."
    )


def _from_npy(path: Path, where: str) -> Array:
    with open(path, "rb") as file:
        return _array(file, where)


def _from_npz(path: Path, where: str) -> Array:
    import zlib
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) != 1:
                names = ", ".join(shown(m.filename.removesuffix(".npy")) for m in members[:5])
                raise DataError(
                    f"{where} holds {len(members)} arrays ({names or 'none'}); it must hold one."
                )
            if members[0].file_size > MAX_BYTES:
                _too_large(where, f"{members[0].file_size:,} bytes unpacked")
            with archive.open(members[0]) as file:
                return _array(file, where)
    except (BadZipFile, NotImplementedError, RuntimeError, zlib.error) as error:
        raise DataError(f"{where} is no .npz file: {error}.") from None


def _array(file: Any, where: str) -> Array:
    """What a .npy stream holds; its head is looked at before anything is made of it."""
    from numpy.lib import format as npy

    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(file)
        count = math.prod(shape)
        if count < 0:
            raise DataError(f"{where} is no array of NumPy's: its shape is negative.")
        if count > MAX_COUNT or count * dtype.itemsize > MAX_BYTES:
            _too_large(where, f"{count:,} numbers")
        if dtype.kind not in "fiu":
            raise DataError(f"{where} holds {dtype}, not numbers such as float32 or int64.")
        if not shape:
            raise DataError(f"{where} holds a single number, not an array of them.")
        import numpy as np

        content = file.read(count * dtype.itemsize)
        if len(content) < count * dtype.itemsize:
            raise DataError(f"{where} ends before the {count:,} numbers that its head announces.")
        return _checked(np.frombuffer(content, dtype).reshape(shape), where)
    except (ValueError, SyntaxError, TypeError, EOFError) as error:
        reason = str(error).split("\n")[0]
        raise DataError(f"{where} is no array of NumPy's: {shown(reason)}.") from None


def _from_text(path: Path, where: str) -> Array:
    import numpy as np

    try:
        with open(path, encoding="utf-8-sig") as file:
            return _checked(np.fromiter(_numbers(file, where), dtype=np.float64), where)
    except UnicodeDecodeError:
        raise DataError(f"{where} is no text in UTF-8.") from None


def _numbers(file: Any, where: str) -> Iterator[float]:
    count = 0
    for line, text in enumerate(file, 1):
        text = text.strip().rstrip(",;")
        if not text or text.startswith("#"):
            continue
        try:
            value = float(text)
        except ValueError:
            columns = len(text.replace(",", " ").replace(";", " ").split())
            if columns > 1 and _is_number(text.replace(",", " ").replace(";", " ").split()[0]):
                raise DataError(
                    f"{where} has {columns} columns in line {line}; it must have one number a line."
                ) from None
            if line == 1:
                continue  # the head of the column
            raise DataError(
                f"{where} has {shown(text[:_LONGEST])!r} in line {line}, which is no number."
            ) from None
        if not math.isfinite(value):
            raise DataError(f"{where} has {text!r} in line {line}; inputs are finite numbers.")
        count += 1
        if count > MAX_COUNT:
            _too_large(where, f"more than {MAX_COUNT:,} numbers")
        yield value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _checked(given: Any, where: str) -> Array:
    """The numbers in one row. Raises DataError unless they are finite numbers, and some."""
    import numpy as np

    try:
        array = np.asarray(given)
    except (TypeError, ValueError) as error:
        raise DataError(f"{where} is no array of numbers: {error}.") from None
    if array.dtype.kind not in "fiu" and array.size:
        raise DataError(f"{where} holds {array.dtype}, not numbers such as float32 or int64.")
    if not array.size or not array.ndim:
        raise DataError(f"{where} holds no inputs.")
    if array.size > MAX_COUNT:
        _too_large(where, f"{array.size:,} numbers")
    flat = np.ascontiguousarray(array, dtype=np.float64).ravel()
    wrong = np.flatnonzero(~np.isfinite(flat))
    if wrong.size:
        first = int(wrong[0])
        raise DataError(
            f"{where} has {flat[first]} at position {first} (counted from 0), and {wrong.size} "
            f"such in all among {flat.size:,}; inputs are finite numbers."
        )
    return flat
