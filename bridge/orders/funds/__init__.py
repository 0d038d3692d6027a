"""What makers can pay for, as the chain has it, and what that leaves of their orders."""

__all__ = [
    "accounts",
    "chain_state",
    "contract_signature",
    "means",
    "room",
    "series_state",
    "series_terms",
]
