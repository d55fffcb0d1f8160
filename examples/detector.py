"""A small detector of YOLO's kind, with SiLU throughout, to look into with `actx model`.

python examples/detector.py FOLDER          trains it on drawn shapes, and writes it and pictures
python examples/detector.py FOLDER NET.onnx says how well a network finds what is on the pictures

Its parts are YOLOv8's: convolutions with SiLU, blocks that split and join (C2f), a pyramid of two
scales, and a head of boxes and classes without anchors. Written are detector.onnx, of pictures x
(n × 3 × 64 × 64) to 80 places each with a box (its middle and size, as shares of the picture) and
scores of three classes; pictures.npy, 96 it was not trained on; and boxes.npy, what is on them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

SIZE, CLASSES, MOST = 64, 3, 3  # of a picture; shapes on one at most
STRIDES = (8, 16)


class Conv(nn.Sequential):
    """A convolution with SiLU."""

    def __init__(self, a: int, b: int, k: int = 3, s: int = 1) -> None:
        super().__init__(
            nn.Conv2d(a, b, k, s, k // 2, bias=False), nn.BatchNorm2d(b), nn.SiLU(inplace=True)
        )


class Block(nn.Module):
    """A half goes through two convolutions, and all parts are joined (C2f)."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__()
        half = b // 2
        self.first, self.last = Conv(a, b, 1), Conv(b + half, b, 1)
        self.inner = nn.Sequential(Conv(half, half), Conv(half, half))

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.first(x).chunk(2, 1)
        return self.last(torch.cat([a, b, b + self.inner(b)], 1))


class Detector(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(Conv(3, 16, 3, 2), Conv(16, 32, 3, 2), Block(32, 32))
        self.fine = nn.Sequential(Conv(32, 48, 3, 2), Block(48, 48))
        self.coarse = nn.Sequential(Conv(48, 64, 3, 2), Block(64, 64))
        self.up, self.down = nn.Upsample(scale_factor=2), Conv(48, 48, 3, 2)
        self.joined, self.again = Block(48 + 64, 48), Block(48 + 64, 64)
        self.heads = nn.ModuleList(
            nn.Sequential(Conv(n, 32), nn.Conv2d(32, 4 + CLASSES, 1)) for n in (48, 64)
        )
        for i, stride in enumerate(STRIDES):
            self.register_buffer(f"cells{i}", _cells(stride), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        fine = self.fine(self.stem(x))
        coarse = self.coarse(fine)
        fine = self.joined(torch.cat([fine, self.up(coarse)], 1))
        coarse = self.again(torch.cat([self.down(fine), coarse], 1))
        found = []
        for i, (head, each) in enumerate(zip(self.heads, (fine, coarse), strict=True)):
            made = head(each).flatten(2).transpose(1, 2).sigmoid()
            middle = self.get_buffer(f"cells{i}") + (2 * made[..., :2] - 0.5) * STRIDES[i] / SIZE
            found.append(torch.cat([middle, made[..., 2:4], made[..., 4:]], 2))
        return torch.cat(found, 1)


def _cells(stride: int) -> Tensor:
    """The corners of the cells, as shares of a picture."""
    line = torch.arange(0, SIZE, stride) / SIZE
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y], -1).reshape(1, -1, 2)


def pictures(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Squares, disks and crosses on noise; and for each its box and class, class -1 for none."""
    random = np.random.default_rng(seed)
    x = random.normal(0.45, 0.1, (count, 3, SIZE, SIZE)).astype(np.float32)
    told = np.full((count, MOST, 5), -1, np.float32)
    row, column = np.mgrid[:SIZE, :SIZE] + 0.5
    for picture, boxes in zip(x, told, strict=True):
        for box in boxes[: random.integers(1, MOST + 1)]:
            kind, half = random.integers(CLASSES), random.uniform(5, 13)
            left, top = random.uniform(half, SIZE - half, 2)
            u, v = np.abs(column - left) / half, np.abs(row - top) / half
            inside = [np.maximum(u, v) < 1, np.hypot(u, v) < 1, (np.minimum(u, v) < 0.3)
                      & (np.maximum(u, v) < 1)][kind]  # fmt: skip
            picture[:, inside] = random.uniform(0, 1, (3, 1)).astype(np.float32)
            box[:] = left / SIZE, top / SIZE, 2 * half / SIZE, 2 * half / SIZE, kind
    return torch.from_numpy(x), torch.from_numpy(told)


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """What two boxes share of what they cover together."""
    lower = torch.maximum(a[..., :2] - a[..., 2:4] / 2, b[..., :2] - b[..., 2:4] / 2)
    upper = torch.minimum(a[..., :2] + a[..., 2:4] / 2, b[..., :2] + b[..., 2:4] / 2)
    both = (upper - lower).clamp_min(0).prod(-1)
    return both / (a[..., 2:4].prod(-1) + b[..., 2:4].prod(-1) - both + 1e-9)


def loss(found: Tensor, told: Tensor) -> Tensor:
    """Of each shape the cell that has its middle learns it, in the scale that suits its size."""
    wanted = torch.zeros_like(found[..., 4:])
    boxes = found.new_zeros(())
    for i in range(MOST):
        shape = told[:, i : i + 1]
        there = shape[:, 0, 4] >= 0
        place = _place(shape[:, 0])
        rows = torch.arange(len(found))[there]
        wanted[rows, place[there], shape[there, 0, 4].long()] = 1.0
        picked = found[rows, place[there], :4]
        boxes = boxes + (1 - overlap(picked, shape[there, 0])).sum()
        boxes = boxes + 4 * (picked - shape[there, 0, :4]).abs().sum()
    scores = nn.functional.binary_cross_entropy(found[..., 4:], wanted, reduction="sum")
    return (boxes + scores) / len(found)


def _place(shapes: Tensor) -> Tensor:
    """Small ones in the cells of the first scale, others in those of the second, behind them."""
    column, row = (shapes[:, i] * SIZE for i in (0, 1))
    fine, coarse = ((row // s * (SIZE // s) + column // s).long() for s in STRIDES)
    return torch.where(shapes[:, 2] * SIZE < 18, fine, coarse + (SIZE // STRIDES[0]) ** 2)


def well(found: Tensor, told: Tensor) -> tuple[int, int, int]:
    """How many shapes there are, are found, and how many are found that there are not."""
    there = right = wrong = 0
    for rows, shapes in zip(found, told, strict=True):
        kept: list[Tensor] = []
        for row in rows[rows[:, 4:].amax(1).argsort(descending=True)]:
            if row[4:].max() > 0.5 and all(overlap(row, each) < 0.5 for each in kept):
                kept.append(row)
        left = [shape for shape in shapes if shape[4] >= 0]
        there += len(left)
        for row in kept:
            same = [s for s in left if overlap(row, s) > 0.5 and row[4:].argmax() == s[4]]
            right, wrong = right + bool(same), wrong + (not same)
            left = [s for s in left if not same or s is not same[0]]
    return there, right, wrong


def train(steps: int) -> Detector:
    torch.manual_seed(0)
    torch.set_num_threads(1)  # the same numbers in each run, and no slower
    model = Detector()
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3)
    rates = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, steps)
    for step in range(steps):
        x, told = pictures(32, 1 + step)
        optimizer.zero_grad()
        value = loss(model(x), told)
        value.backward()
        optimizer.step()
        rates.step()
        if step % 100 == 99:
            print(f"step {step + 1}: loss {value.item():.2f}", file=sys.stderr)
    return model.eval()


def main(folder: Path, network: str | None, steps: int = 800) -> None:
    x, told = pictures(96, 0)
    if network is None:
        folder.mkdir(exist_ok=True)
        model = train(steps)
        file = str(folder / "detector.onnx")
        axes = {"x": {0: "n"}, "found": {0: "n"}}
        torch.onnx.export(
            model, (x[:2],), file, input_names=["x"], output_names=["found"], dynamic_axes=axes,
            opset_version=17, dynamo=False,
        )  # fmt: skip
        np.save(folder / "pictures.npy", x.numpy())
        np.save(folder / "boxes.npy", told.numpy())
        network = file
    import onnxruntime

    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": x.numpy()})
    there, right, wrong = well(torch.from_numpy(found), told)
    print(f"{right} of {there} shapes are found, and {wrong} that there are not")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3] or [None])
