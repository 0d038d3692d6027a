"""Pargrade: compute tokens wrapped into one standard unit, its index, and futures settled on it."""
