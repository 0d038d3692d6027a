"""The bridge as a process: its settings, what it is assembled from, the daemon, its status."""

__all__ = ["check", "daemon", "database_backup", "service", "settings", "status"]
