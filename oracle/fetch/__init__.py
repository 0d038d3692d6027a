"""Venues asked over HTTPS, within limits of time and size."""

__all__ = ["fetch", "http"]
