"""Rounds checked afterwards by anyone: replayed from quotes, and single quotes proven in them."""

__all__ = ["audit", "inclusion_proof", "replay"]
