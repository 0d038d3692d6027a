"""The page: its sources in `src`, and the server that hands it out with what it looks at."""

__all__ = ["export", "service", "settings", "sources"]
