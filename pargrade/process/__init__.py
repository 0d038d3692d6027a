"""Child processes that end with their parent, schedules, ports, connections, failpoints, files."""

__all__ = [
    "child",
    "engine",
    "failpoint",
    "http_guard",
    "lifeline",
    "limited_http",
    "limited_socket",
    "ports",
    "schedule",
    "shared_file",
]
