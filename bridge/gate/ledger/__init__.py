"""What the events of both gates add up to: messages, queues, what is locked and minted."""

__all__ = [
    "end_ledger",
    "ends",
    "entry",
    "follower",
    "forgery",
    "messages",
    "reconciliation",
    "route_ledger",
    "shelves",
    "store",
    "way_ledger",
    "words",
]
