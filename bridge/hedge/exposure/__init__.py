"""From usage to SCU a month: pure arithmetic with every step shown."""

__all__ = ["choices", "exposure", "months", "rates"]
