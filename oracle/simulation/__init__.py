"""The protocol in virtual time: many nodes, liars, loss and crashes, everything from one seed."""

__all__ = [
    "chain",
    "checks",
    "draw",
    "leaders",
    "mac",
    "market",
    "network",
    "outcome",
    "scenario",
    "strategies",
    "world",
]
