"""One attester: what it has signed, what it refuses, and the API that hands signatures out."""

__all__ = [
    "api",
    "attester",
    "journal",
    "refusals",
    "service",
    "watermark",
]
