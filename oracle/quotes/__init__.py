"""Quotes as values: single, in columns by time, and weighted."""

__all__ = ["classes", "columns", "history", "quote", "token_quote", "weights"]
