"""The commands around expiring series."""
