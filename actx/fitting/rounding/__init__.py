"""Coefficients that a chip can hold: the grid of them, and the search for the best on it."""
