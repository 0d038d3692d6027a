"""The forms a log can have, for settings and options."""

from enum import StrEnum
from typing import Final


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    """Time, level, node, slot and block, and the message."""
    JSON = "json"
    """One object per line with the fields timestamp, level, node, logger, event, slot, block."""


FORMATS: Final = " or ".join(LogFormat)
"""For messages about settings."""
