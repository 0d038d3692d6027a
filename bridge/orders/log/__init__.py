"""What the relay accepted, in sequence: a hash chain on disk, and receipts for it."""

__all__ = ["files", "sequencer", "store"]
