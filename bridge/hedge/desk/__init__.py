"""Where hedging meets a relay and a chain: the market read, plans carried out."""

__all__ = ["audit_on_chain", "carrying", "desk", "market_reader", "outcome"]
