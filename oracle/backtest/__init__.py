"""The index over a past: its values, and what a user would have seen of them.

Values in, values out. The index and the settlement are integers, as on chain; floats are for
statistics only (`moves`, `hedge`, `benchmark`), and nothing is decided by one.
"""

__all__ = ["benchmark", "document", "figures", "month", "run", "track"]
