"""A chain through several independent endpoints, believed only where they agree."""

__all__ = ["host", "lag", "witnesses"]
