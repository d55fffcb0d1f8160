"""Best approximations by templates that are linear in their parameters, each with its proof.

template: when a template is linear · columns: what it adds up · strips: where all of that is
smooth · table: samples in a basis that is well-conditioned · exchange: the best on samples ·
levelling, optimality: the best between them, in balls · peaks: where its error is largest ·
written: as short numbers · upper: how large their error is · solve: the way through · problem:
that of a fit.
"""

from actx.fitting.linear.problem import best_of
from actx.fitting.linear.solve import Best, solve
from actx.fitting.linear.template import Affine, affine
from actx.fitting.linear.upper import Upper

__all__ = ["Affine", "Best", "Upper", "affine", "best_of", "solve"]
