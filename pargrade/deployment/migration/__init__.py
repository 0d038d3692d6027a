"""Positions that go from one market to another: who holds what, what can move, the calls."""

__all__ = ["dust", "forecast", "likeness", "listing", "move", "outcome", "plan", "trust"]
