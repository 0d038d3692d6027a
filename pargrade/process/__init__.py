"""Child processes that end with their parent, schedules, and points where a test makes one fail."""

__all__ = ["child", "failpoint", "http_guard", "lifeline", "schedule"]
