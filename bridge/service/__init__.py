"""The bridge as a process: its settings, what it is assembled from, the daemon, its status."""

__all__ = [
    "api",
    "check",
    "daemon",
    "database_backup",
    "metrics",
    "service",
    "settings",
    "status",
]
