"""Reading logs in as few pages as an endpoint puts up with, whatever its limit and its wording."""

import re
from collections.abc import Callable
from typing import Final

from pargrade.chain.endpoint.errors import LateAnswer, LongAnswer
from pargrade.chain.errors import RpcRefused
from pargrade.chain.log import Log
from pargrade.chain.refusals import Fault, find_fault

ReadPage = Callable[[int, int], list[Log]]
"""Logs of blocks first to last, both included, by one request."""

_WORKING_RANGE: Final = re.compile(
    r"\[\s*(0x[0-9a-f]{1,16})\s*,\s*(0x[0-9a-f]{1,16})\s*\]|range\s+(\d{1,18})\s*-\s*(\d{1,18})",
    re.I,
)
"""Alchemy, Infura and Reth name a range that works."""

_MOST_BLOCKS: Final = re.compile(
    r"(?:limited to|up to|max(?:imum)?(?: allowed)?(?: block)? range(?: limit)?(?: is|:| of)?"
    r"|max(?:imum)?(?: is)? set to|maximum|ranges over|max range)[\s:]*(?:an? )?([\d,]{1,12})(k?)",
    re.I,
)
"""Others name the most blocks they allow."""


class LogReader:
    """Pages of one chain. It remembers how many blocks at once went well."""

    def __init__(self) -> None:
        self._span: int | None = None

    def read(self, first: int, last: int, read_page: ReadPage) -> list[Log]:
        """Logs of blocks first to last, both included, by as many pages as it takes.

        Raises what a single block is refused with, and the chain's other errors.
        """
        found: list[Log] = []
        widest = last - first + 1
        span = min(self._span or widest, widest)
        while first <= last:
            end = min(first + span - 1, last)
            try:
                found += read_page(first, end)
            except (RpcRefused, LongAnswer, LateAnswer) as refused:
                if first == end or not _asks_for_less(refused):
                    raise
                span = self._span = find_span(refused, first, end)
                continue
            first = end + 1
            if self._span is not None:
                span = self._span = min(span + span // 8 + 1, widest)
        return found


def find_span(refused: Exception, first: int, last: int) -> int:
    """How many blocks to ask for after a refusal: what it names, else half. At least 1."""
    text = str(refused.error.get("message", "")) if isinstance(refused, RpcRefused) else ""
    asked = last - first + 1
    if named := _WORKING_RANGE.search(text):
        low, high = _bounds(named)
        if low == first and first <= high < last:
            return high - first + 1
    if named := _MOST_BLOCKS.search(text):
        digits = named[1].replace(",", "") or "0"
        most = int(digits) * (1_000 if named[2] else 1)
        if 0 < most < asked:
            return most
    return max(asked // 2, 1)


def _bounds(named: re.Match[str]) -> tuple[int, int]:
    if named[1] is not None:
        return int(named[1], 16), int(named[2], 16)
    return int(named[3]), int(named[4])


def _asks_for_less(refused: Exception) -> bool:
    """Whether fewer blocks may be taken: any refusal that is not about something else."""
    return not isinstance(refused, RpcRefused) or find_fault(refused) is not Fault.STATE
