"""Which quotes count, the level they give, and the value."""

__all__ = [
    "chain",
    "checks",
    "daily_chain",
    "determination",
    "family",
    "fixing",
    "level",
    "method",
    "outliers",
    "panel",
    "payment_token",
    "provider_prices",
    "screen",
    "series",
    "shadow",
    "shadow_record",
]
