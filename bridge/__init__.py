"""Bridge services: they follow the contracts' events, keep a ledger, settle and redeem."""
