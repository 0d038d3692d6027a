"""The protocol in virtual time: many nodes, liars, loss and crashes, everything from one seed."""

__all__ = [
    "chain",
    "checks",
    "draw",
    "mac",
    "market",
    "network",
    "outcome",
    "scenario",
    "strategies",
    "world",
]
