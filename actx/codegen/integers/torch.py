"""PyTorch: a module that takes integers of any integer type; there is no derivative."""

from __future__ import annotations

from actx.codegen.integers.numpy import body, clipped, docstring, held
from actx.codegen.integers.steps import Lookup

ENDING = ".py"
BINARY = False
_CHOOSE = "torch.where(q <= {last}, {first}, {rest})"


def write(of: Lookup) -> str:
    """A Python file."""
    out = held(of.rule.output)
    kept = out if out != "uint16" else "int32"  # which torch hardly computes with
    title = "".join(part.capitalize() for part in of.name.split("_"))
    spelled = {"ENTRIES": "entries", "(line < 0)": "(line < 0).to(torch.int64)"}
    lines = body(of, _CHOOSE)
    for there, here in spelled.items():
        lines = [line.replace(there, here) for line in lines]
    return "\n".join(
        [
            docstring(of),
            "",
            "import torch",
            "from torch import nn",
            "",
            f"ENTRIES = [\n{of.entries()}\n]",
            "",
            "",
            f"class {title}(nn.Module):",
            f'    """Outputs ({kept}) of a tensor of inputs."""',
            "",
            "    def __init__(self):",
            "        super().__init__()",
            '        self.register_buffer("entries", torch.tensor(ENTRIES), persistent=False)',
            "",
            "    def forward(self, q):",
            "        q, entries = q.to(torch.int64), self.entries",
            *(f"        {line}" for line in lines),
            *(f"    {line}" for line in clipped(of, "torch.clamp(y, {lowest}, {highest})")),
            f"        return y.to(torch.{kept})",
            "",
        ]
    )
