"""Readers of what teams already have: text or rows in, exact usage and named refusals out."""

__all__ = [
    "csv_rows",
    "errors",
    "focus",
    "focus_columns",
    "forms",
    "numbers",
    "opencost",
    "prometheus",
    "repeated_rows",
    "servers",
    "times",
    "usage",
]
