"""A relay's API from Python: quotes, orders, cancellations. Start at `trader.Trader`."""

__all__ = ["cancellation", "client", "forward", "onboarding", "quote", "trader"]
