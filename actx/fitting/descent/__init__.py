"""Descent to a local optimum in floating point; what it finds is proven elsewhere.

known: what was reached before · leaps: steps far ahead · constrained: steps that keep to conditions
· minimax: the max norm · integral: the others · solvers: the norm as an objective, and the search
from many starts.
"""
