"""Who carries messages over: signatures gathered from attesters, delivered, queues completed."""

__all__ = ["attester_client", "carrier", "gathering", "quorum", "service"]
