"""Days and seconds of UTC, as chains and indices count them."""

from datetime import UTC, datetime
from typing import Final

HOUR_S: Final = 3_600

DAY_S: Final = 86_400
"""Seconds from one UTC midnight to the next."""


def midnight_of(instant: int) -> int:
    """The UTC midnight at or before an instant, unix seconds."""
    return instant // DAY_S * DAY_S


def day_name(instant: int) -> str:
    """YYYY-MM-DD of the UTC day of an instant, unix seconds."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%d")
