"""Endpoints of a chain: one over HTTP or IPC, or a pool that leaves those that fail."""

__all__ = [
    "errors",
    "head_channel",
    "head_feed",
    "health",
    "json_rpc",
    "lookout",
    "pool",
    "transport",
    "url",
]
