"""Positions that go from one market to another: who holds what, what can move, the calls."""

__all__ = ["likeness", "move", "outcome", "plan"]
