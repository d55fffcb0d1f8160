"""The names of what of an error can be made small."""

NORMS = ("max", "l2", "l1", "gauss")  # sup|e|, sqrt(∫e²dx), ∫|e|dx, sqrt(E e²) with x ~ N(0, 1)
INTEGRAL_NORMS = NORMS[1:]
PARTS = ("value", "slope", "both")  # the error, that of the derivative, both
