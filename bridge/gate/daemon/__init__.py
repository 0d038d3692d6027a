"""How the services of a route run, and whether all that they need is there."""

__all__ = ["check", "settings"]
