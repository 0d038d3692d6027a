"""The index from quotes: screened, normalised, levelled, linked day by day, by a method's rules."""

__all__ = [
    "checks",
    "daily_chain",
    "determination",
    "family",
    "fixing",
    "level",
    "method",
    "panel",
    "payment_token",
    "provider_prices",
    "screen",
    "series",
    "shadow",
    "shadow_record",
]
