"""The same in balls and in exact arithmetic: what it says is proven.

Nothing here trusts a float computation but as a guess of where to look.
"""
