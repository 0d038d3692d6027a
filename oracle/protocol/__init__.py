"""One input set, one report: the protocol of the nodes as values in, values out (docs/PROTOCOL.md).

A room per phase; `machine` joins them. Nothing here reads a clock, a disk or a socket.
"""

__all__ = [
    "batch",
    "committee",
    "have",
    "machine",
    "message",
    "prepare",
    "proposal",
    "report",
    "transmission",
    "wire",
]
