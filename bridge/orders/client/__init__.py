"""A relay's API from Python: quotes, orders and cancellations."""

__all__ = ["client", "quote"]
