"""A route between two gates: its file, both its ends as they are, and what is still to be done."""

__all__ = [
    "attester_set",
    "end",
    "file",
    "pair",
    "plan",
    "provision",
    "reading",
    "terms",
]
