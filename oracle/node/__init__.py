"""One reporter of the index as a process: ticks, API, fleet."""

__all__ = [
    "check",
    "config",
    "daemon",
    "dry_run",
    "fleet",
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
