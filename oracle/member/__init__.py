"""A committee node: one process that runs the protocol for one member of the reporter set.

The state machine of `oracle.protocol` decides. This room gives it the clock, quotes, messages and
the chain, writes down what it promises, and delivers what it says.
"""

__all__ = [
    "api",
    "archiving",
    "check",
    "clock",
    "config",
    "daemon",
    "day_values",
    "deliveries",
    "driver",
    "explanation",
    "health",
    "index_ledger",
    "lander",
    "ledger",
    "ledger_watch",
    "member",
    "method_choice",
    "metrics",
    "past",
    "promise_signer",
    "provision",
    "quote_table",
    "seals",
    "seat",
    "seating",
    "set_archivist",
    "set_finder",
    "settings",
    "submission_choice",
    "watched_lists",
]
