"""One reporter of the index as a process: journal, ticks, API."""

__all__ = [
    "claim",
    "config",
    "daemon",
    "dry_run",
    "fleet",
    "journal",
    "journal_backup",
    "journal_refusals",
    "node",
    "owner",
    "provision",
    "recording",
    "settings",
    "signer_service",
    "tick",
    "tip_file",
    "watermark",
]
