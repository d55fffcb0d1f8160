"""Number types: what a formula is when it is computed in one, and rounded to it."""
