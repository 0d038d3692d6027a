"""What to lock for each month, why, and whether it still holds."""
