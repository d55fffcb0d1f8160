"""Templates to play with: their best values, each with what is proven of it."""
