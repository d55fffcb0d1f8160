"""The command line: parse, call the Python API, report."""

from actx.cli.app import main

__all__ = ["main"]
