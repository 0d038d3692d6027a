"""Transfers between chains: ids, amounts and rate limits."""

__all__ = ["rate_limit", "transfer"]
