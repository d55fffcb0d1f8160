"""Best tables: broken lines and other piecewise polynomials, their knots and entries, with proofs.

`reach` tells how far one piece reaches within an error, `chain` puts pieces end to end (free
knots), `entries` finds the best entries for given knots, `ends` what holds beyond the domain;
`bound` proves what no table of a size can do and `reached` what this one does. `best` is the way
through, with the `function` as tables see it.
"""
