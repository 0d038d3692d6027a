"""Deep runs against the contracts beyond the daily tests, and their records."""
