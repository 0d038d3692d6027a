"""What the HTTP APIs of services share: how they are served, and how they refuse."""

__all__ = ["page", "problems", "server"]
