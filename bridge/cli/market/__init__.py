"""Commands of who trades over a relay."""

__all__ = ["options", "views"]
