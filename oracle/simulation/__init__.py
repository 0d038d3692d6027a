"""The protocol in virtual time: many nodes, liars, loss and crashes, everything from one seed."""

__all__ = ["checks", "draw", "mac", "market", "network", "scenario", "strategies", "world"]
