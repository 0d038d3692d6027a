"""What to lock for each month, why, and whether it still holds."""

__all__ = ["drift", "from_exposure", "plan", "policy", "ratio"]
