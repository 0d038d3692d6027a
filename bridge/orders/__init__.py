"""The market's venue: signed orders are verified, matched, logged, and settled on the chain."""

__all__: list[str] = []
