"""What makers can pay for, as the chain has it, and what that leaves of their orders."""

__all__ = ["chain_state", "contract_signature", "means", "series_terms"]
