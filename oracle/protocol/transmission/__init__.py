"""Bringing a report to the chain: anyone with s signatures may, in turns."""

__all__ = ["landing"]
