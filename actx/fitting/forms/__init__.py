"""The best formula of a kind in the max norm, with its proof.

best: what comes of it · goal: the target, exact where it can be · space: polynomials that meet
conditions · piecewise: the best of them, by the methods of linear templates · splines: of one piece
or several · rational: quotients, with levelled: those whose error is level on points, and grid:
where it is looked at, and the best on samples.
"""
