"""Functions that are tables, whose stretches are looked at all at once: shape, and errors."""
