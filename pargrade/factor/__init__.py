"""Factors: how much compute a native unit is worth."""

__all__ = [
    "basis",
    "calibration",
    "derivation",
    "drift",
    "factor",
    "method",
    "origin",
    "published",
    "quality",
    "table",
]
