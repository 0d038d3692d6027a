"""Commands of who trades over a relay."""
