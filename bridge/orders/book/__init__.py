"""The book of each series as a pure state machine: price, then time."""

__all__ = [
    "book",
    "calls",
    "clearing",
    "comparison",
    "entry",
    "half",
    "lanes",
    "mark",
    "matching",
    "resting",
    "series_book",
]
