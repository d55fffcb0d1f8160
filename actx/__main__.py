"""`python -m actx`."""

import sys

from actx.cli import main

if __name__ == "__main__":
    sys.exit(main())
