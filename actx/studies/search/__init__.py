"""A search over families of formulas: the best of each, and which are worth their cost.

families.toml → `families` (what to fit) → `tasks` (one fit, in a process of its own) → `pareto` →
`results`; `search` runs it all, `resuming` keeps what is finished.
"""
