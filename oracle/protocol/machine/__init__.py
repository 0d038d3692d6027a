"""One node of the protocol: messages and ticks in; messages, journal writes and landings out."""

__all__ = [
    "agreed",
    "bodies",
    "dispatch",
    "intake",
    "machine",
    "outputs",
    "pace",
    "phases",
    "promises",
    "slot_state",
]
