"""Where hedging meets a relay and a chain: the market read, plans carried out."""

__all__ = ["carrying", "desk", "market_reader"]
