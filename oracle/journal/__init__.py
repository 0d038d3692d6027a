"""What a reporter has signed: on disk before it leaves, by one process, above a watermark."""

__all__ = [
    "backup",
    "journal",
    "owner",
    "pending_evidence",
    "refusals",
    "tables",
    "watermark",
]
