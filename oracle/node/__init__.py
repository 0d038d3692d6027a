"""One reporter of the index as a process: journal, ticks, API."""

__all__ = [
    "config",
    "daemon",
    "dry_run",
    "fleet",
    "journal",
    "node",
    "provision",
    "recording",
    "settings",
    "tick",
]
