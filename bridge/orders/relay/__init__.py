"""The relay as a process: admission, settlement, its API and its stream."""

__all__ = ["service", "settings", "stream"]
