"""What can be said of functions that go on without end towards infinity, such as sin(x).

ray: values far out · answers: the whole from a finite part and the rays beside it.
"""

from actx.analysis.endless.answers import (
    ray_exploration,
    ray_kink_report,
    ray_row,
    with_rays,
)

__all__ = ["ray_exploration", "ray_kink_report", "ray_row", "with_rays"]
