"""From usage to SCU a month: pure arithmetic with every step shown."""
