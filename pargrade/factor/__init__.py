"""Factors: how much compute a native unit is worth."""

__all__ = ["basis", "derivation", "factor", "method", "origin", "published", "quality", "table"]
