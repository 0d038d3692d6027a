"""Child processes that end with their parent, schedules, ports, limited connections, failpoints."""

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
]
