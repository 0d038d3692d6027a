"""An index by epoch: which committee signed in it, for which indices, at which pace.

The contract has the present set alone, and its names only grow. What was before is in its log, and
whoever checks an old round reads it there, as members do.
"""

__all__ = ["epoch_log", "history", "pace", "terms", "whole_log"]
