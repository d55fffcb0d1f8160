"""What is asked of a template, and where it can be met.

criterion: what is made small · requirements: what is to hold besides, as it is written · task: what
is asked · panels, switches: where a domain is cut for samples · residual: the error as an optimiser
sees it · peaks: where it is largest · conditions: requirements in numbers · problem: an error with
its conditions · starts: points from which to search · growth: what tails ask of the parameters ·
pinning: those that follow from equations · reduction: those that are left · placing: the domain on
which tails can match.
"""
