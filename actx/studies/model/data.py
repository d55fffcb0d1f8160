"""The inputs of a network, from arrays or from files that are not trusted, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from actx.core.files import shown
from actx.core.inputs import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_BYTES = 4_000_000_000  # of an .npz file, unpacked; an .npy file is read as it is needed
_MAPPED = 1 << 25  # bytes of a file that is read as it is needed, held at once
BATCH = 32  # examples that are run together, where the network leaves that open
_FORMS = "an .npz file with an array for each input by its name, an .npy file, or a folder of them"


@dataclass(frozen=True)
class Inputs:
    """Arrays by the names of a network's inputs, of equally many examples along the first axis.

    batch: how many are run together; open: whether the network leaves that open.
    """

    arrays: Mapping[str, NDArray[Any]]
    types: Mapping[str, Any]
    batch: int
    open: bool

    @property
    def count(self) -> int:
        """Examples that are run: whole batches, where the network says how many are in one."""
        return len(next(iter(self.arrays.values())))

    def batches(self) -> Iterator[dict[str, NDArray[Any]]]:
        """What is run together; the last may have fewer."""
        for start in range(0, self.count, self.batch):
            yield self.part(start)

    def part(self, start: int) -> dict[str, NDArray[Any]]:
        """The batch that begins with an example."""
        for array in self.arrays.values():
            _let_go(array, start, self.batch)
        return {
            name: _typed(array[start : start + self.batch], self.types[name], name)
            for name, array in self.arrays.items()
        }


def _let_go(array: NDArray[Any], start: int, batch: int) -> None:
    """Of a file that is read as it is needed: give back the memory of what was read, now and then.

    The system would do so where memory is short, and reads again what is asked for again.
    """
    mapped: Any = getattr(array, "_mmap", None)
    if hasattr(mapped, "madvise"):
        import mmap

        each = array.itemsize * (array.size // len(array))
        if start * each // _MAPPED != (start - batch) * each // _MAPPED:
            mapped.madvise(mmap.MADV_DONTNEED)


def inputs_for(given: Any, wanted: list[Any]) -> Inputs:
    """The inputs of a network. given: as `actx.model` takes them; wanted: onnx's ValueInfo.

    Raises DataError.
    """
    arrays = arrays_of(given, [each.name for each in wanted])
    fixed, types = set(), {}
    for each in wanted:
        array, name = arrays[each.name], f"The input {shown(each.name)!r}"
        types[each.name] = _type(each, name)
        dims = each.type.tensor_type.shape.dim
        sizes = [dim.dim_value if dim.HasField("dim_value") else None for dim in dims]
        if each.type.tensor_type.HasField("shape"):
            fits = array.ndim == len(sizes) and all(
                size in (None, there)
                for size, there in zip(sizes[1:], array.shape[1:], strict=True)
            )
            if not fits:
                raise DataError(
                    f"{name} is of the shape {_shape(dims)}, examples first; the data for it is of "
                    f"the shape {' × '.join(map(str, array.shape)) or 'of one number'}."
                )
        if array.ndim == 0:
            raise DataError(
                f"{name} has one number as its data; examples lie along the first axis."
            )
        if sizes and sizes[0]:
            fixed.add(sizes[0])
    counts = {len(arrays[each.name]) for each in wanted}
    if len(counts) > 1:
        told = ", ".join(f"{shown(each.name)}: {len(arrays[each.name])}" for each in wanted)
        raise DataError(f"The inputs have different numbers of examples ({told}).")
    if len(fixed) > 1:
        raise DataError("The inputs do not all have their examples along the first axis.")
    count, least = counts.pop(), max(fixed, default=1)
    if count < least:
        raise DataError(f"The data has {count} examples; the network takes {least} at once.")
    arrays = {each.name: arrays[each.name][: count - count % least] for each in wanted}
    return Inputs(arrays, types, max(fixed, default=BATCH), open=not fixed)


def _shape(dims: Any) -> str:
    sizes = [
        str(dim.dim_value) if dim.HasField("dim_value") else dim.dim_param or "?" for dim in dims
    ]
    return " × ".join(shown(size) for size in sizes) or "of one number"


def _type(wanted: Any, name: str) -> Any:
    from onnx.helper import tensor_dtype_to_np_dtype

    kind = wanted.type.tensor_type.elem_type
    try:
        return tensor_dtype_to_np_dtype(kind)
    except KeyError:
        raise DataError(f"{name} is no array of numbers.") from None


def _typed(array: NDArray[Any], kind: Any, name: str) -> NDArray[Any]:
    """The array in the type that the network takes, where the numbers stay what they are."""
    import numpy as np

    if array.dtype == kind:
        return np.ascontiguousarray(array)
    if array.dtype.kind in "fiub" and np.dtype(kind).kind == "f":
        return np.ascontiguousarray(array, dtype=kind)
    if array.dtype.kind in "iub":
        made = np.ascontiguousarray(array, dtype=kind)
        if (made == array).all():
            return made
    raise DataError(
        f"The input {shown(name)!r} takes {np.dtype(kind)}; the data for it is {array.dtype}, "
        "which does not fit into that."
    )


# --- where they come from ---


def arrays_of(given: Any, names: list[str]) -> dict[str, Any]:
    """The arrays by the names of the inputs. Raises DataError."""
    import numpy as np

    if isinstance(given, str | Path):
        found, where = _from_path(Path(given)), f"The data {shown(given)!r}"
    elif isinstance(given, Mapping):
        found, where = {str(name): np.asarray(array) for name, array in given.items()}, "The data"
    else:
        found, where = {"": np.asarray(given)}, "The data"
    if len(found) == 1 and len(names) == 1:  # there is no doubt which is meant
        return dict(zip(names, found.values(), strict=True))
    missing = [name for name in names if name not in found]
    if missing:
        have = ", ".join(shown(name) or "one array without a name" for name in sorted(found)[:8])
        raise DataError(
            f"{where} has nothing for the input {shown(missing[0])!r}; it has {have or 'nothing'}, "
            f"and the inputs are {', '.join(map(shown, names[:8]))}."
        )
    return {name: found[name] for name in names}


def _from_path(path: Path) -> dict[str, Any]:
    where = f"The data {shown(path)!r}"
    try:
        if path.is_dir():
            files = sorted(path.glob("*.npy"))
            return {file.stem: _from_npy(file) for file in files}
        if not path.is_file():
            raise DataError(f"{where} does not exist; data for a network is {_FORMS}.")
        if path.suffix.lower() == ".npy":
            return {"": _from_npy(path)}
        if path.suffix.lower() == ".npz":
            return _from_npz(path, where)
    except OSError as error:
        raise DataError(f"{where} cannot be read: {error.strerror or error}.") from None
    raise DataError(f"{where} is of no kind that data for a network is read from: {_FORMS}.")


def _from_npy(path: Path) -> Any:
    """The array in a file, read as it is needed."""
    import numpy as np

    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, SyntaxError) as error:
        reason = shown(str(error).split("\n")[0])
        raise DataError(f"The file {shown(path)!r} is no array of NumPy's: {reason}.") from None


def _from_npz(path: Path, where: str) -> dict[str, Any]:
    import zlib

    import numpy as np

    try:
        with ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MOST_BYTES:
            raise DataError(
                f"{where} has {size:,} bytes unpacked; at most {MOST_BYTES:,} are read. Of .npy "
                "files, which are read as they are needed, there is no such bound."
            )
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (
        BadZipFile,
        NotImplementedError,
        RuntimeError,
        zlib.error,
        ValueError,
        EOFError,
    ) as error:
        if isinstance(error, DataError):
            raise
        reason = shown(str(error).split("\n")[0])
        raise DataError(f"{where} is no .npz file: {reason}.") from None
