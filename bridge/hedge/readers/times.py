"""Times of other people's files: nanoseconds since 1970 UTC, exactly or refused.

A time without a zone is UTC: FOCUS, LiteLLM and the public traces all say so. A date is the
midnight that begins it. A zone is read as an offset, `Z`, `UTC` or `GMT`; a name such as PST is
refused, because it does not state its offset.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from bridge.hedge.readers.numbers import is_absent, parse_number
from bridge.hedge.readers.usage import Flaw, Refused
from pargrade.clock import DAY_S

SECOND_NS: Final = 10**9
DAY_NS: Final = DAY_S * SECOND_NS
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ISO: Final = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?"
    r" ?(?P<zone>Z|z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?)?)?"
)
_SLASHED: Final = re.compile(r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{2,4})")
FIRST_NS: Final = int((datetime(2000, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) * SECOND_NS
LAST_NS: Final = int((datetime(2100, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) * SECOND_NS


@lru_cache(maxsize=4_096)
def parse_time(text: str) -> int:
    """Nanoseconds of an ISO 8601 time or date. Raises Refused."""
    bare = text.strip()
    if is_absent(bare):
        raise Refused(Flaw.MISSING, f"time {text!r}")
    found = _ISO.fullmatch(bare)
    if found is None:
        reason = Flaw.AMBIGUOUS_DATE if _SLASHED.match(bare) else Flaw.BAD_TIME
        raise Refused(reason, bare)
    return _of_match(found, bare)


def parse_us_date(text: str) -> int:
    """Nanoseconds of a date written month/day/year, with the year in two or four digits.

    The reader has to prove first that the file means month/day. Raises Refused.
    """
    found = _SLASHED.fullmatch(text.strip())
    if found is None or len(found["year"]) == 3:
        raise Refused(Flaw.BAD_TIME, text)
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    return _ns(year, int(found["month"]), int(found["day"]), text)


def is_slashed(text: str) -> bool:
    """Whether a date is written with slashes, so that day and month may be mistaken."""
    return _SLASHED.fullmatch(text.strip()) is not None


def parse_epoch(text: str, unit_ns: int = SECOND_NS) -> int:
    """Nanoseconds of a count of seconds (or other units) since 1970. Raises Refused.

    A finer part than a nanosecond is refused. So is a count in another unit than stated: it would
    lie outside 2000 to 2100.
    """
    scaled = parse_number(text) * unit_ns
    if not isinstance(scaled, int) and scaled.denominator != 1:
        raise Refused(Flaw.BAD_TIME, f"{text} is finer than a nanosecond")
    return _plausible(int(scaled), text)


def month_of(time_ns: int) -> str:
    """YYYY-MM of a moment, UTC."""
    return (_EPOCH + timedelta(seconds=time_ns // SECOND_NS)).strftime("%Y-%m")


def _of_match(found: re.Match[str], text: str) -> int:
    year, month, day, hours, minutes, seconds, part, zone = found.groups()
    time_ns = _ns(int(year), int(month), int(day), text)
    if hours is None:
        return time_ns
    hour, minute, second = int(hours), int(minutes), int(seconds or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise Refused(Flaw.BAD_TIME, text)
    part_ns = int(part.ljust(9, "0")) if part else 0
    offset_ns = _offset_ns(zone, text) if zone else 0
    return time_ns + ((hour * 60 + minute) * 60 + second) * SECOND_NS + part_ns - offset_ns


def _offset_ns(zone: str, text: str) -> int:
    if zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:
        raise Refused(Flaw.BAD_TIME, text)
    offset = (hours * 60 + minutes) * 60 * SECOND_NS
    return -offset if zone[0] == "-" else offset


@lru_cache(maxsize=4_096)
def _midnight(year: int, month: int, day: int) -> int:
    return (datetime(year, month, day, tzinfo=UTC) - _EPOCH).days * DAY_NS


def _ns(year: int, month: int, day: int, text: str) -> int:
    try:
        midnight = _midnight(year, month, day)
    except ValueError:
        raise Refused(Flaw.BAD_TIME, text) from None
    return _plausible(midnight, text)


def _plausible(time_ns: int, text: str) -> int:
    if not FIRST_NS <= time_ns < LAST_NS:
        raise Refused(Flaw.BAD_TIME, f"{text} is not between 2000 and 2100")
    return time_ns
