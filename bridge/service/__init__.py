"""The bridge put together: settings, one pass, the daemon that repeats it."""
