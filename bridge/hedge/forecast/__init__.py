"""Monthly sums with intervals, from daily history."""

__all__ = ["forecast", "history", "intervals", "outlook"]
