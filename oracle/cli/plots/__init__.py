"""The index as pictures: back-test, study, two methods, basis. Each is a figure, then a file."""

__all__ = ["backtest", "basis", "comparison", "keys", "shadow", "study"]
