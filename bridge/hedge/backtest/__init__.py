"""What hedging would have done on past prices: out of sample, no provider in its own index."""

__all__ = ["backtest", "price_lists"]
