"""The books of every contract, followed from its events and compared with what it says."""

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
