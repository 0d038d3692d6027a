"""What venues answer, read into quotes: kinds of sources, recordings, the venue table."""

__all__ = [
    "canary",
    "errors",
    "factor_prices",
    "feed",
    "frames",
    "hardware",
    "history_file",
    "mapping",
    "payload",
    "recorded",
    "refused",
    "token_kline",
    "venue",
]
