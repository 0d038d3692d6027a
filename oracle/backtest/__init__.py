"""The index over a recorded history: values, settlements, hedges and comparisons.

Values in, values out. The index and the settlement are integers, as on chain. Floats are used for
statistics only (`moves`, `hedge`, `benchmark`), and no price depends on them.
"""

__all__ = [
    "benchmark",
    "document",
    "figures",
    "mapped",
    "month",
    "naive",
    "run",
    "screening",
    "track",
    "versions",
    "wide",
]
