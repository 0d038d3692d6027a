"""What makers can pay for, as the chain has it, and what that leaves of their orders."""

__all__ = [
    "accounts",
    "block_news",
    "chain_lanes",
    "chain_state",
    "contract_signature",
    "means",
    "room",
    "series_state",
    "series_terms",
]
