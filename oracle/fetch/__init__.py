"""Venues asked over HTTPS, within limits of time and size."""

__all__ = [
    "cold_store",
    "collector",
    "cooling",
    "fetch",
    "http",
    "quote_store",
    "recorder",
    "venue_record",
]
