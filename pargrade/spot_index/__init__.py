"""spot_index."""
