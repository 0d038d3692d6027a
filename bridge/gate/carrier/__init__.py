"""Who carries messages over: signatures gathered from attesters, delivered, queues completed."""

__all__ = [
    "arrivals",
    "attester_client",
    "carrier",
    "carrying_pass",
    "gathering",
    "purse",
    "queues",
    "quorum",
    "service",
]
