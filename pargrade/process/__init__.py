"""Child processes that end with their parent, schedules, ports, limited connections, failpoints."""

__all__ = [
    "child",
    "failpoint",
    "http_guard",
    "lifeline",
    "limited_http",
    "limited_socket",
    "ports",
    "schedule",
]
