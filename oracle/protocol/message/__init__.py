"""Messages between nodes, and the two that belong to no phase: CALL and WANT."""

__all__ = ["calls", "envelope", "signed_message"]
