"""A reporter as a process: its settings, its journal of what it signed, its ticks and its API."""

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
