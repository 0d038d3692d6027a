"""Bytes between nodes: read against their type, bounded, signed for one chain and contract."""

__all__ = ["content", "reader", "signatory"]
