"""factor."""
