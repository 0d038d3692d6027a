"""A relay's API from Python: quotes, orders, cancellations. Start at `trader.Trader`."""

__all__ = [
    "answers",
    "cancellation",
    "client",
    "connection",
    "forward",
    "log_copy",
    "onboarding",
    "quote",
    "receipts",
    "trader",
]
