"""What holds for all tests."""

import os
from collections import Counter

import pytest
from hypothesis import settings

# the commands that are run keep their compiled modules, as they do for a user
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The usual run tries the same examples each time, so that it does not fail of what a change has not
# touched; HYPOTHESIS_PROFILE=random looks for new ones, and twice as many.
settings.register_profile("same", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("random", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.hookimpl(tryfirst=True)  # before those that are long are left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the cases of a test that is marked `sampled(n)` all but each n-th are long."""
    seen: Counter[str] = Counter()
    for item in items:
        sampled = item.get_closest_marker("sampled")
        if sampled is not None:
            test = item.nodeid.partition("[")[0]
            if seen[test] % sampled.args[0]:
                item.add_marker(pytest.mark.long)
            seen[test] += 1
