"""A reference signer for attesters: the key in a process of its own, with its own watermark."""

__all__ = ["api", "service", "store"]
