"""The gate between chains as arithmetic: transfer messages and rate limits."""

__all__ = ["transfer"]
