"""How many SCU a token of a network is worth: published tables, derivation, bands, basis."""

__all__ = ["basis", "derivation", "factor", "method", "origin", "published", "quality", "table"]
