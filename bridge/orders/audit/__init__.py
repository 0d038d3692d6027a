"""The log replayed: what a relay did that its own rules do not allow. Pure."""

__all__ = ["audit", "finding", "replay"]
