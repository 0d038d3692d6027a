"""Where files and Prometheus servers are read from; everything else is pure."""

__all__ = ["files", "packed_files", "plan_files", "prometheus_http", "settings_files"]
