"""The Python API: text and values in, result records out. The commands call nothing else.

One module a question, imported when it is asked.

Formulas are given as text (a registry name, an alias, or formula text) or as `Formula` objects.
Domains are `Domain` objects, `LO:HI` texts, or pairs of numbers; of several intervals `LO:HI,LO:HI`
texts, or sequences of pairs.
"""
