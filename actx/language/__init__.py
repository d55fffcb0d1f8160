"""The language: its operations, trees, and formula text read and written."""
