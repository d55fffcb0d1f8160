"""What no coefficients of a linear template go below in the integral norms, proven.

stretches: where all is smooth · panels: integrals over them · least_squares: l2 and gauss · signs:
l1 · proof: the way through · bound: in words.
"""

from actx.fitting.integrals.bound import bound_of
from actx.fitting.integrals.proof import Proof, proof_of

__all__ = ["Proof", "bound_of", "proof_of"]
