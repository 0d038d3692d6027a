"""A market maker: a ladder of quotes on both sides of a centre, kept at a relay."""

__all__ = ["account", "decision", "ladder", "maker", "outstanding", "quotes", "service", "settings"]
