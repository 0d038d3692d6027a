"""Messages between nodes over HTTP: queues per peer, sessions of members, limits on everyone."""
