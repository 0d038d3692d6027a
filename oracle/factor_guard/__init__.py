"""Watching that factors still fit, and closing the grades whose factor does not."""

__all__ = ["daemon", "guard", "look", "metrics", "prices"]
