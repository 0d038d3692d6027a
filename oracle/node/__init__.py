"""One reporter of the index as a process: ticks, API, fleet."""

__all__ = [
    "archive_process",
    "check",
    "config",
    "daemon",
    "dry_run",
    "fleet",
    "history_pages",
    "history_routes",
    "live_settings",
    "needs",
    "node",
    "provision",
    "quote_source",
    "recording",
    "reporter",
    "settings",
    "signer_api",
    "signer_service",
    "signing",
    "tick",
]
