"""Who takes part: how many, how many may lie, who leads a slot, who watches a line."""

__all__ = ["bounds", "committee", "coverage", "endurance"]
