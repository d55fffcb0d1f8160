"""Fitting: the best values of a template's parameters, and the best formulas of a kind.

From the ground up: problem, what is asked · descent, float optimisers · linear, nonlinear and
integrals, what is proven of all values, in the max norm and in others · forms, the best polynomial,
quotient and spline · optima, the search for a template's best · rounding, the best coefficients
that a chip can hold · told, what is said of them · fit, the way through.
"""
