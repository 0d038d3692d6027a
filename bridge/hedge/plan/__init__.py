"""What to lock for each month, why, and whether it still holds."""

__all__ = ["budget", "drift", "from_exposure", "order_rule", "plan", "policy", "ratio"]
