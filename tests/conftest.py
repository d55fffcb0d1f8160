"""What holds for all tests."""

import os

# the commands that are run keep their compiled modules, as they do for a user
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
