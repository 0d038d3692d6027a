"""The book of each series as a pure state machine: price, then time."""

__all__ = [
    "book",
    "calls",
    "clearing",
    "comparison",
    "depth",
    "entry",
    "half",
    "lanes",
    "mark",
    "matches",
    "matching",
    "near",
    "out_of_turn",
    "queues",
    "resting",
    "rolls",
    "series_book",
    "waiting",
]
