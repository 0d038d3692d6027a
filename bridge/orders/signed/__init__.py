"""Signed orders as they arrive: read strictly, hashed, and their signer recovered. Pure."""

__all__ = [
    "cancel_request",
    "json_form",
    "listing",
    "order",
    "refusals",
    "signature",
    "verification",
    "way",
]
