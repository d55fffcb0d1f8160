"""What holds for all tests."""

import os

from hypothesis import settings

# the commands that are run keep their compiled modules, as they do for a user
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The usual run tries the same examples each time, so that it does not fail of what a change has not
# touched; HYPOTHESIS_PROFILE=random looks for new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("random", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
