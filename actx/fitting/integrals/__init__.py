"""What no parameter values of a template go below in the integral norms, proven.

stretches: where all is smooth · panels: integrals over them · least_squares: l2 and gauss · signs:
l1 · proof: the way through, for linear templates · cells, boxes: for others · over_inputs: means.
"""

from actx.fitting.integrals.boxes import by_boxes
from actx.fitting.integrals.over_inputs import proof_over, size_over
from actx.fitting.integrals.proof import Proof, proof_of

__all__ = ["Proof", "by_boxes", "proof_of", "proof_over", "size_over"]
