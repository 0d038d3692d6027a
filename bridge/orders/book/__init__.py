"""The book of each series as a pure state machine: price, then time."""

__all__ = ["book", "comparison", "entry", "half", "lanes", "matching"]
