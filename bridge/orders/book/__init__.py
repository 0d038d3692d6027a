"""The book of each series as a pure state machine: price, then time."""

__all__ = ["book", "entry", "half", "lanes", "matching"]
