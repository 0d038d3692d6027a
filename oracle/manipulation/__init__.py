"""What somebody can do to the index and to a settlement, at what price, and what stops it.

Values in, values out: corrupted quotes go through the same screen, chain and accumulator as honest
ones. Only `cost` is a model, with its assumptions declared.
"""

__all__ = ["document", "providers", "study"]
