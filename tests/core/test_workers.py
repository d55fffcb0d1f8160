"""Work in several processes gives what one gives, in order; errors and interrupts come through."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import ENVIRONMENT, heed_interrupts, run, run_json

from actx.core.errors import AnalysisError
from actx.core.workers import in_turn

forked = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


def test_outcomes_are_in_the_order_of_the_items() -> None:
    def slowest_first(item: int) -> int:
        time.sleep(0.05 / (item + 1))
        return item * item

    assert list(in_turn(slowest_first, range(9), 3)) == [i * i for i in range(9)]


@forked
def test_other_processes_do_it() -> None:
    assert os.getpid() not in set(in_turn(lambda _: os.getpid(), range(4), 2))


def test_an_error_is_raised_with_its_advice() -> None:
    def fail(_: int) -> int:
        raise AnalysisError("It has none.", "Give a {domain}.", domain=(0, 1))

    with pytest.raises(AnalysisError, match="It has none") as caught:
        list(in_turn(fail, range(4), 2))
    assert caught.value.arguments == {"domain": (0, 1)}


def test_a_comparison_does_not_depend_on_the_number_of_processes() -> None:
    asked = ("compare", "hard-mish", "x", "relu", "1/(x - 1)", "leaky-relu")
    alone, together = (run_json(*asked, "--jobs", jobs) for jobs in "12")
    assert alone == together
    assert len(alone["rows"]) == 4


def test_what_cannot_be_compared_is_said_as_by_one_process() -> None:
    asked = ("compare", "swish", "relu", "log(x)", "sin(exp(x))", "mish", "--domain=-inf:inf")
    alone, together = (run(*asked, "--jobs", jobs) for jobs in "12")
    assert alone.returncode == together.returncode != 0
    assert alone.stderr == together.stderr


@forked
def test_an_interrupt_ends_all() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "actx", "compare", "--all", "mish", "--jobs", "2"],
        env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=heed_interrupts,
    ) as process:  # fmt: skip
        children = f"/proc/{process.pid}/task/{process.pid}/children"
        end = time.monotonic() + 60
        while not open(children).read() and time.monotonic() < end:  # noqa: SIM115
            time.sleep(0.01)
        time.sleep(0.3)  # Python passes over an interrupt in the midst of a fork
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "Error: Stopped; nothing was written.\n"


@forked
def test_a_process_that_is_killed_leaves_none_behind() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "actx", "compare", "--all", "mish", "--jobs", "2"],
        env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        end = time.monotonic() + 60
        while len(found := children.read_text().split()) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.3)
        process.kill()
    end = time.monotonic() + 20
    while any(map(_is_running, found)) and time.monotonic() < end:
        time.sleep(0.05)
    assert found
    assert not any(map(_is_running, found))


def _is_running(process: str) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
