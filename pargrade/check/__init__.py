"""What a service needs from outside, looked at piece by piece, and how to mend what is wrong."""

__all__ = ["endpoints", "funds", "result", "storage"]
