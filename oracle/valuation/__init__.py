"""The index method behind the protocol: lists of quotes in, figures of a report out."""

__all__ = ["index_valuation", "lists", "memory"]
