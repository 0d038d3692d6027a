"""Transactions on their way: written down before they are sent, and followed to their end."""

__all__ = ["dry_run", "outbox", "records", "tables", "transaction_log"]
