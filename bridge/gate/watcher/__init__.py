"""Whether everything minted is locked: watched all the time, and proven on demand."""

__all__ = ["market_debt", "reserves", "service", "watcher"]
