"""What ships beside the code: published tables, venue lists, grades, and a recorded sample."""

__all__ = ["files"]
