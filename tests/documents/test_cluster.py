"""The page on clusters: its code searches on one of Dask's, and finds what one process finds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from places import ROOT

import actx

FAMILIES = ["floor", "clipped-quadratic", "shifted-swish"]


def test_a_search_on_a_cluster_finds_what_one_process_finds() -> None:
    distributed = pytest.importorskip("distributed")
    page = (ROOT / "docs" / "how-to" / "cluster.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    space: dict[str, Any] = {}
    exec(compile(code, "cluster.md", "exec"), space)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        found = space["search_on"](cluster, family=FAMILIES)
        with distributed.Client(cluster) as client:
            done = client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.transition_counter)
    assert done >= len(FAMILIES)
    alone = actx.search("mish", family=FAMILIES, jobs=1)
    assert len(found.front) == len(alone.front) == 3
    for one, other in zip(found.front, alone.front, strict=True):
        assert one.family == other.family
        assert one.max_error == pytest.approx(other.max_error, rel=1e-9)
