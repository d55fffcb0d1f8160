"""The best formula of a kind in the max norm, with its proof.

best: what comes of it · goal: the target, exact where it can be · space: polynomials that meet
conditions · piecewise: the best of them, by the methods of linear templates · polynomial, splines:
one piece, or several · rational: quotients · correction: the same on samples.
"""
