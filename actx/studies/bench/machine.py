"""The machine that a benchmark runs on."""

from __future__ import annotations

import platform
import subprocess
import sys
from contextlib import suppress
from pathlib import Path


def processor() -> str:
    """The processor's name, as the system tells it."""
    if sys.platform == "linux":
        with suppress(OSError):
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
                key, _, value = line.partition(":")
                if key.strip() in ("model name", "Model", "cpu"):
                    return " ".join(value.split())
    if sys.platform == "darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        with suppress(OSError, subprocess.CalledProcessError):
            found = subprocess.run(asked, capture_output=True, text=True, check=True)
            return found.stdout.strip()
    return platform.processor() or platform.machine() or "unknown processor"
