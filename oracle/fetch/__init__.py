"""Venues asked over HTTPS, within limits of time and size."""

__all__ = ["collector", "fetch", "http", "quote_store", "recorder"]
