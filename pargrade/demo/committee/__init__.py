"""The demo of one report for all: a source is corrupted, a node dies, and no digit changes."""

__all__ = ["stage", "story", "summary"]
