"""Questions about functions, each with its proof: extrema, errors, kinks, tails, norms."""
