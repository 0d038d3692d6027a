"""Rounds checked again from quotes, evidence and the chain."""

__all__ = ["audit", "inclusion_proof", "replay"]
