"""All numbers of a 32-bit type, by one process a core: NumPy's threads would wait for each other.

The processes are this module run with `python -m`. Each reads its job as one JSON line, goes
through every n-th chunk of the numbers, and writes the tally of each as one JSON line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from actx.analysis.type_results import Deviation
from actx.core.domain import Domain
from actx.core.errors import AnalysisError, FormulaError
from actx.core.memory import keep_freed_memory
from actx.core.progress import Progress
from actx.core.workers import cores
from actx.language.syntax import parse
from actx.language.text import to_text
from actx.language.tree import Node
from actx.precision.number_types import number_type
from actx.precision.tally import Case, Numbers, Run, Tally, case_of, chunk, numbers

_CHUNK = 1 << 22  # numbers in a tally: some tens of milliseconds


def exhaust(case: Case, within: Numbers, domain: Domain, progress: Progress | None) -> Tally:
    """The tally of all numbers in a domain. Raises AnalysisError where a process fails."""
    trees = case.candidate.tree, case.target.tree
    texts = [to_text(tree) for tree in trees]
    count = cores() if all(map(_same, texts, trees)) else 1
    parts = _in_processes(texts, case, domain, count) if count > 1 else _here(case, within)
    total, chunks = Tally(), len(_starts(within))
    for done, part in enumerate(parts):
        total = total.joined(part)
        if progress is not None:
            progress(done + 1, chunks, f"all {within.number_type.name} numbers")
    return total


def _same(text: str, tree: Node) -> bool:
    """Whether another process can read the tree: shared parts written out may be too long."""
    try:
        return parse(text) is tree
    except FormulaError:
        return False


def _starts(within: Numbers) -> range:
    return range(within.start, within.stop, _CHUNK)


def _here(case: Case, within: Numbers) -> Iterator[Tally]:
    for start in _starts(within):
        yield chunk(case, within, start, min(start + _CHUNK, within.stop))


def _in_processes(texts: list[str], case: Case, domain: Domain, count: int) -> Iterator[Tally]:
    """The tallies of the chunks in order, which the processes take in turn."""
    job = {"formulas": texts, "type": case.number_type.name, "domain": [domain.lo, domain.hi]}
    with ExitStack() as stack:
        workers = [stack.enter_context(_worker(job | {"turn": [i, count]})) for i in range(count)]
        try:
            chunks = len(_starts(numbers(case.number_type, domain)))
            for index in range(chunks):
                yield _read(workers[index % count])
        finally:
            for worker in workers:
                worker.kill()


def _worker(job: dict[str, Any]) -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert worker.stdin is not None
    worker.stdin.write(json.dumps(job) + "\n")
    worker.stdin.close()
    return worker


def _read(worker: subprocess.Popen[str]) -> Tally:
    assert worker.stdout is not None
    line = worker.stdout.readline()
    if not line:
        raise AnalysisError("A process that goes through the numbers has ended before its time.")
    record = json.loads(line)
    worst = {name: Deviation(**each) for name, each in record["worst"].items()}
    runs = tuple(Run(**each) for each in record["runs"])
    return Tally(record["count"], record["unknown"], worst, runs, record["beyond"])


def main() -> None:
    """What each of the processes does."""
    keep_freed_memory()
    job = json.loads(sys.stdin.readline())
    candidate, target = map(parse, job["formulas"])
    kind, domain = number_type(job["type"]), Domain(*job["domain"])
    case, within = case_of(candidate, target, kind, domain), numbers(kind, domain)
    turn, count = job["turn"]
    for start in _starts(within)[turn::count]:
        found = chunk(case, within, start, min(start + _CHUNK, within.stop))
        print(json.dumps(asdict(found)), flush=True)


if __name__ == "__main__":
    main()
