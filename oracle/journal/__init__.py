"""What a reporter has signed: on disk before it leaves, by one process, above a watermark."""

__all__ = [
    "backup",
    "claim",
    "journal",
    "lock",
    "owner",
    "pending_evidence",
    "refusals",
    "tables",
    "tip_file",
    "watermark",
]
