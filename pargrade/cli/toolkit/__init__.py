"""What commands are made of: the root command, shared options, amounts as written, output."""

__all__ = [
    "app",
    "console",
    "findings",
    "option_group",
    "options",
    "output",
    "parse",
    "plot",
    "session",
]
