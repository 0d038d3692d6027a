"""A living world on this machine: a chain by the clock, its reporters and keeper, kept in a folder.

`life.live` starts one, or goes on with it; `services` are its processes.
"""

__all__ = ["errors", "life", "months", "nodes", "place", "services", "waiting"]
