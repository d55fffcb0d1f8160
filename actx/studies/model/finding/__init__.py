"""Which parts of a graph are activations, and which formulas these are."""
