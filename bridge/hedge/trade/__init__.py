"""From a plan to signed orders: what is wanted, what stands against it, and who agreed."""

__all__ = [
    "approval",
    "exits",
    "lane",
    "market_now",
    "objection",
    "refusals",
    "signed",
    "wanted",
]
