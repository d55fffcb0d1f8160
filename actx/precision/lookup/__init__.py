"""Functions looked up by integers, as chips do it: every input evaluated, so the error is exact."""
