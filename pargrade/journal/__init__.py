"""What journals of signatures share: one process at a time, no older copy unnoticed."""

__all__ = ["claim", "creation", "lock", "refusals", "setting_rows", "tip_file"]
