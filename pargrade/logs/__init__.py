"""Log lines of daemons: text for people or JSON, with slot and block, and repeats counted."""

__all__ = ["form", "handler", "log_format", "repeats"]
