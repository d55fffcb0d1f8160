"""ONNX's operators as functions of PyTorch's tensors, as far as networks are trained on with them.

Source: the operators' specification, https://onnx.ai/onnx/operators/. Those of one tensor and
numbers are read as formulas, as `actx.model` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Inputs = Sequence[Tensor | None]
Attributes = Mapping[str, Any]
Function = Callable[..., Any]  # of the inputs, None for one that is left out, and the attributes

_TYPES = {
    1: torch.float32, 2: torch.uint8, 3: torch.int8, 5: torch.int16, 6: torch.int32,
    7: torch.int64, 9: torch.bool, 10: torch.float16, 11: torch.float64,
}  # fmt: skip


class Untrainable(Exception):
    """An operator, or a use of one, that is not known here; the message says which."""


def numbers(tensor: Tensor) -> list[int]:
    """A tensor of whole numbers as such."""
    return [int(each) for each in tensor.reshape(-1).tolist()]


# --- pictures ---


def _padded(x: Tensor, a: Attributes, window: Sequence[int], fill: float) -> Tensor:
    """The tensor with what a convolution or a pool over it takes at its edges."""
    count = x.dim() - 2
    pads = list(a.get("pads", [0] * 2 * count))
    auto = a.get("auto_pad", b"NOTSET")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        strides, dilations = a.get("strides", [1] * count), a.get("dilations", [1] * count)
        needed = [
            max(0, (-(-size // s) - 1) * s + (k - 1) * d + 1 - size)
            for size, s, k, d in zip(x.shape[2:], strides, window, dilations, strict=True)
        ]
        low = [n // 2 if auto == b"SAME_UPPER" else n - n // 2 for n in needed]
        pads = [*low, *(n - m for n, m in zip(needed, low, strict=True))]
    if not any(pads):
        return x
    ends = [end for i in reversed(range(count)) for end in (pads[i], pads[count + i])]
    return functional.pad(x, ends, value=fill)


def _conv(x: Tensor, weight: Tensor, bias: Tensor | None = None, **a: Any) -> Tensor:
    count = x.dim() - 2
    run = (torch.conv1d, torch.conv2d, torch.conv3d)[count - 1]
    return run(
        _padded(x, a, weight.shape[2:], 0.0), weight, bias, a.get("strides", [1] * count),
        [0] * count, a.get("dilations", [1] * count), a.get("group", 1),
    )  # fmt: skip


def _conv_transpose(x: Tensor, weight: Tensor, bias: Tensor | None = None, **a: Any) -> Tensor:
    count = x.dim() - 2
    pads = a.get("pads", [0] * 2 * count)
    if a.get("auto_pad", b"NOTSET") != b"NOTSET" or pads[:count] != pads[count:]:
        raise Untrainable("ConvTranspose with other pads at both ends")
    run = (torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d)[count - 1]
    return run(
        x, weight, bias, a.get("strides", [1] * count), pads[:count],
        a.get("output_padding", [0] * count), a.get("group", 1), a.get("dilations", [1] * count),
    )  # fmt: skip


def _pool(x: Tensor, a: Attributes, fill: float, runs: Sequence[Function]) -> Tensor:
    if a.get("ceil_mode", 0):
        raise Untrainable("a pool that rounds its size up")
    count, window = x.dim() - 2, a["kernel_shape"]
    strides = a.get("strides", [1] * count)
    made: Tensor = runs[count - 1](_padded(x, a, window, fill), window, strides)
    return made


def _max_pool(x: Tensor, **a: Any) -> Tensor:
    if any(each != 1 for each in a.get("dilations", ())):
        raise Untrainable("a dilated MaxPool")
    runs = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)
    return _pool(x, a, -torch.inf, runs)


def _average_pool(x: Tensor, **a: Any) -> Tensor:
    runs = (functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)
    sums = _pool(x, a, 0.0, runs)
    if a.get("count_include_pad", 0):
        return sums
    return sums / _pool(torch.ones_like(x), a, 0.0, runs)


def _batch_norm(
    x: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, **a: Any
) -> Tensor:
    """As in evaluation: mean and variance stay what they are."""
    return functional.batch_norm(
        x, mean, variance, scale, shift, training=False, eps=a.get("epsilon", 1e-5)
    )


def _resize(x: Tensor, *more: Tensor | None, **a: Any) -> Tensor:
    scales, sizes = ([*more, None, None, None][1:3]) if len(more) > 1 else (more[0], None)
    mode = a.get("mode", b"nearest").decode()
    where = a.get("coordinate_transformation_mode", b"half_pixel").decode()
    if sizes is not None:
        size = numbers(sizes)[2:]
    else:
        assert scales is not None
        size = [int(n * s) for n, s in zip(x.shape[2:], scales.tolist()[2:], strict=True)]
    if mode == "nearest":
        return functional.interpolate(x, size, mode="nearest")
    if mode == "linear" and x.dim() == 4:
        return functional.interpolate(
            x, size, mode="bilinear", align_corners=where == "align_corners"
        )
    raise Untrainable(f"Resize in the mode {mode}")


# --- shapes ---


def _axes(given: Tensor | None, a: Attributes) -> list[int] | None:
    if given is not None:
        return numbers(given)
    return list(a["axes"]) if "axes" in a else None


def _reshape(x: Tensor, shape: Tensor | None = None, /, **a: Any) -> Tensor:
    sizes = list(a["shape"]) if shape is None else numbers(shape)
    if not a.get("allowzero", 0):
        sizes = [x.shape[i] if size == 0 else size for i, size in enumerate(sizes)]
    return x.reshape(sizes)


def _flatten(x: Tensor, axis: int = 1) -> Tensor:
    rows = 1
    for size in x.shape[: axis % (x.dim() + 1) if axis < 0 else axis]:
        rows *= size
    return x.reshape(rows, -1)


def _unsqueeze(x: Tensor, axes: Tensor | None = None, /, **a: Any) -> Tensor:
    places = _axes(axes, a) or []
    count = x.dim() + len(places)
    for axis in sorted(axis % count for axis in places):
        x = x.unsqueeze(axis)
    return x


def _squeeze(x: Tensor, axes: Tensor | None = None, /, **a: Any) -> Tensor:
    places = _axes(axes, a)
    return x.squeeze() if places is None else x.squeeze([axis % x.dim() for axis in places])


def _slice(x: Tensor, *more: Tensor | None, **a: Any) -> Tensor:
    if more:
        starts, ends, axes, steps = (
            None if each is None else numbers(each) for each in (*more, None, None)[:4]
        )
    else:
        starts, ends, axes, steps = a["starts"], a["ends"], a.get("axes"), None
    assert starts is not None
    assert ends is not None
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        axis, step = i if axes is None else axes[i], 1 if steps is None else steps[i]
        if step < 0:
            raise Untrainable("Slice from the end to the start")
        cut = [slice(None)] * x.dim()
        cut[axis] = slice(start, end, step)
        x = x[tuple(cut)]
    return x


def _split(
    x: Tensor, sizes: Tensor | None = None, /, axis: int = 0, **a: Any
) -> tuple[Tensor, ...]:
    parts = numbers(sizes) if sizes is not None else a.get("split")
    if parts is None:
        count = a.get("num_outputs", a["outputs"])
        parts = -(-x.shape[axis] // count)
    return tuple(x.split(parts, axis))


def _gather(x: Tensor, places: Tensor, axis: int = 0) -> Tensor:
    flat = places.reshape(-1).long()
    flat = torch.where(flat < 0, flat + x.shape[axis], flat)
    axis %= x.dim()
    made = x.index_select(axis, flat)
    return made.reshape(*x.shape[:axis], *places.shape, *x.shape[axis + 1 :])


def _expand(x: Tensor, shape: Tensor) -> Tensor:
    return x.expand(torch.broadcast_shapes(x.shape, numbers(shape)))


def _pad(x: Tensor, pads: Tensor | None = None, value: Tensor | None = None, /,
         *more: Tensor | None, **a: Any) -> Tensor:  # fmt: skip
    if a.get("mode", b"constant") != b"constant" or any(each is not None for each in more):
        raise Untrainable("Pad with other than one number")
    ends = a["pads"] if pads is None else numbers(pads)
    count = len(ends) // 2
    pairs = [end for i in reversed(range(count)) for end in (ends[i], ends[count + i])]
    return functional.pad(x, pairs, value=float(value) if value is not None else 0.0)


# --- sums ---


def _reduced(run: Function) -> Function:
    def reduce_(x: Tensor, axes: Tensor | None = None, /, keepdims: int = 1, **a: Any) -> Tensor:
        places = _axes(axes, a)
        if not places and a.get("noop_with_empty_axes", 0):
            return x
        made: Tensor = run(x, places or list(range(x.dim())), bool(keepdims))
        return made

    return reduce_


def _softmax(run: Function) -> Function:
    def softmax(x: Tensor, axis: int | None = None, version: int = 13) -> Tensor:
        """Before version 13 of the operators, over all axes from one on together."""
        if version >= 13:
            made: Tensor = run(x, -1 if axis is None else axis)
            return made
        flat = _flatten(x, 1 if axis is None else axis)
        made = run(flat, 1)
        return made.reshape(x.shape)

    return softmax


def _gemm(a: Tensor, b: Tensor, c: Tensor | None = None, **more: Any) -> Tensor:
    a = a.T if more.get("transA") else a
    b = b.T if more.get("transB") else b
    made = more.get("alpha", 1.0) * (a @ b)
    return made if c is None else made + more.get("beta", 1.0) * c


def _layer_norm(x: Tensor, scale: Tensor, shift: Tensor | None = None, **a: Any) -> Tensor:
    shape = x.shape[a.get("axis", -1) % x.dim() :]
    return functional.layer_norm(x, shape, scale, shift, a.get("epsilon", 1e-5))


def _global(run: Function) -> Function:
    return lambda x: run(x, list(range(2, x.dim())), True)


def _folded(run: Function) -> Function:
    return lambda *given: reduce(run, given)


def _divided(a: Tensor, b: Tensor) -> Tensor:
    if not a.is_floating_point():
        return torch.div(a, b, rounding_mode="trunc")
    return a / b


def _cast(x: Tensor, to: int, **_: Any) -> Tensor:
    if to not in _TYPES:
        raise Untrainable(f"Cast to the type {to}")
    return x.to(_TYPES[to])


def _filled(shape: Tensor, value: Any = None) -> Tensor:
    number = torch.zeros(1) if value is None else value
    return number.to(shape.device).expand(numbers(shape))


OPERATORS: Mapping[str, Function] = {
    "Add": torch.add,
    "And": torch.logical_and,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Concat": lambda *given, axis: torch.cat(given, axis),
    "ConstantOfShape": _filled,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Div": _divided,
    "Dropout": lambda x, *_, **__: x,
    "Equal": torch.eq,
    "Exp": torch.exp,
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "Gemm": _gemm,
    "GlobalAveragePool": _global(torch.mean),
    "GlobalMaxPool": _global(torch.amax),
    "Greater": torch.gt,
    "GreaterOrEqual": torch.ge,
    "Identity": lambda x: x,
    "LayerNormalization": _layer_norm,
    "Less": torch.lt,
    "LessOrEqual": torch.le,
    "LogSoftmax": _softmax(torch.log_softmax),
    "MatMul": torch.matmul,
    "Max": _folded(torch.maximum),
    "MaxPool": _max_pool,
    "Mean": lambda *given: sum(given) / len(given),
    "Min": _folded(torch.minimum),
    "Mul": torch.mul,
    "Neg": torch.neg,
    "Not": torch.logical_not,
    "Or": torch.logical_or,
    "PRelu": lambda x, slope: torch.where(x > 0, x, slope * x),
    "Pad": _pad,
    "Pow": torch.pow,
    "Reciprocal": torch.reciprocal,
    "ReduceMax": _reduced(torch.amax),
    "ReduceMean": _reduced(torch.mean),
    "ReduceMin": _reduced(torch.amin),
    "ReduceSum": _reduced(torch.sum),
    "Relu": torch.relu,
    "Reshape": _reshape,
    "Resize": _resize,
    "Shape": lambda x: torch.tensor(x.shape, device=x.device),
    "Sigmoid": torch.sigmoid,
    "Slice": _slice,
    "Softmax": _softmax(torch.softmax),
    "Split": _split,
    "Sqrt": torch.sqrt,
    "Squeeze": _squeeze,
    "Sub": torch.sub,
    "Sum": _folded(torch.add),
    "Tanh": torch.tanh,
    "Transpose": lambda x, perm=None: x.permute(perm or list(range(x.dim()))[::-1]),
    "Unsqueeze": _unsqueeze,
    "Where": torch.where,
}
VERSIONED = ("Softmax", "LogSoftmax")  # which are told the operators' version
COUNTED = ("Split",)  # which are told how many outputs they have
