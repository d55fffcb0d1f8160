"""What is told of fitted values.

outcome: their errors · met: whether they keep to what was required · proven: the bound that comes
with them, in words · remarks: parameters that are not determined, or that grow without end.
"""
