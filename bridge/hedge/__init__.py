"""Hedging: from workload metrics to how many lots to hold, by month."""
