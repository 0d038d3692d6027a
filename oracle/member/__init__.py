"""A committee node: one process that runs the protocol for one member of the reporter set."""
