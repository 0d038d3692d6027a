"""The hedger's log: what was intended before anything was sent, and what came of it."""

__all__ = ["audit", "entry", "file", "record"]
