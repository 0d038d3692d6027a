"""Rows that cannot be read: each is refused alone, and too many refuse their source."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from oracle.sources.errors import SourceMalformed

ROWS_PER_REFUSAL: Final = 10
"""A source may have one unreadable row in so many, and one in any case."""


class RefusedPart(NamedTuple):
    """What became no quote because it could not be read, or came not at all."""

    where: str
    """`line 7` of a file, whose header is line 1; `row 3` of an answer, whose first is row 0; or
    `catalogue aws` of an answer in parts."""
    reason: str


def require_few(source: str, refused: Sequence[RefusedPart], kept: int) -> None:
    """Refuse a source whose format has changed, of which `kept` rows could be read.

    Raises SourceMalformed, naming the first row, when none could be read, or when more than one
    row, and more than one in ROWS_PER_REFUSAL, could not.
    """
    rows = kept + len(refused)
    allowed = max(1, rows // ROWS_PER_REFUSAL)
    if not refused or (kept and len(refused) <= allowed):
        return
    where, reason = refused[0]
    raise SourceMalformed(source, where, f"{reason}; {len(refused)} of {rows} rows are unreadable")
