"""Access to a chain: typed calls, pinned reads, one local key, and a development chain."""
