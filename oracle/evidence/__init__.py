"""What an observation rests on: quotes and verdicts under one Merkle root, and archives."""

__all__ = ["archive", "evidence", "find_quote", "merkle", "part"]
