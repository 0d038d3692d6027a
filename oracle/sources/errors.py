"""How a source can fail. A failing source gives no quotes; it never gives wrong ones.

SourceError
├── SourceDown        no complete answer: unreachable, timed out, refused, too large
└── SourceMalformed   an answer of another shape than the one this fetcher was written for
"""

from typing import Final

from pargrade.errors import PargradeError
from pargrade.text import printable

_MOST_SHOWN: Final = 400
"""Characters of a reason: much of it may be the venue's own text."""


class SourceError(PargradeError):
    """A source that gave no usable quotes."""


class SourceDown(SourceError):
    """No complete answer came. The next attempt may succeed."""

    hint = "The node goes on with its other sources; look at the venue's status if it persists."

    def __init__(self, source: str, reason: str, status: int | None = None) -> None:
        self.source = source
        self.reason = printable(reason, _MOST_SHOWN)
        self.status = status
        super().__init__(f"{source} is down: {self.reason}")


class SourceMalformed(SourceError):
    """An answer came, but not in the shape that is known. Nothing of it is used."""

    hint = "The venue may have changed its format: compare an answer with the fetcher's fields."

    def __init__(self, source: str, where: str, reason: str) -> None:
        self.source = source
        self.where = printable(where, _MOST_SHOWN)
        self.reason = printable(reason, _MOST_SHOWN)
        super().__init__(f"{source} is malformed at {self.where}: {self.reason}")
