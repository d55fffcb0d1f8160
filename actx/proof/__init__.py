"""Proofs: rigorous enclosures of what `actx.analysis` has found.

The analysis says where things are; here it is proven with arb balls that they are there and nowhere
else. Nothing below trusts a float computation but as a guess of where to look.
"""
