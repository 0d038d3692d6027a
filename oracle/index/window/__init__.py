"""Method 3: a level from a rolling window of daily prices, without a history behind it."""

__all__ = [
    "chain",
    "day",
    "estimator",
    "level",
    "logs",
    "own_history",
    "rule",
    "segment",
    "standing",
    "value",
]
