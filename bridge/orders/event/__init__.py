"""Events of the market's log: their bytes, what they do to a book, and their hash chain. Pure."""

__all__ = ["entry", "event", "fact", "index", "passing", "receipt", "rolls", "room", "state"]
