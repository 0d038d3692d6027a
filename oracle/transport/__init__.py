"""Messages between nodes over HTTP: a queue per peer, sessions of members, limits on everyone.

What leaves and what arrives are bytes: the protocol reads and verifies them, this room delivers.
"""

__all__ = [
    "allowance",
    "bundle",
    "entry",
    "inbox",
    "nats",
    "outbox",
    "sender",
    "session",
    "set_fetch",
    "set_message",
    "set_peers",
    "struct_signer",
]
