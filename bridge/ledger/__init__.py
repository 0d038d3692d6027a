"""What the contracts' events add up to, at finality."""

__all__ = [
    "addresses",
    "contracts",
    "entry",
    "event_reader",
    "finality",
    "follower",
    "journal",
    "reconcile",
    "snapshot",
    "tables",
]
