"""How far providers and reporters can move the index and a settlement, and at what cost.

Values in, values out. Corrupted quotes go through the same screen, chain and accumulator as honest
ones. Only `cost` is a model; its assumptions are parameters.
"""

__all__ = ["document", "providers", "reporters", "study", "window_attack"]
