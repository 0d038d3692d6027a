"""What the keeper does for series: settle what is due, redeem holders in batches, pass by pass."""

__all__ = ["actions", "batches", "keeper", "reserves"]
