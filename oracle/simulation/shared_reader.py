"""Messages read once for all nodes of a world: they all get the same bytes."""

from functools import lru_cache
from typing import Final

from oracle.protocol.committee.committee import Committee
from oracle.protocol.message.envelope import Envelope, read_envelope
from oracle.protocol.wire.reader import UnreadableMessage

_KEPT: Final = 1_024


class SharedReader:
    """As `read_envelope`, and keeps the newest results, refusals too."""

    def __init__(self, committee: Committee) -> None:
        self._committee = committee
        self._result = lru_cache(_KEPT)(self._read)

    def read(self, raw: bytes) -> Envelope:
        """The message in some bytes. Raises UnreadableMessage."""
        result = self._result(raw)
        if isinstance(result, UnreadableMessage):
            raise result.with_traceback(None)
        return result

    def find(self, raw: bytes) -> Envelope | None:
        """The message in some bytes, or None where they are none."""
        result = self._result(raw)
        return None if isinstance(result, UnreadableMessage) else result

    def _read(self, raw: bytes) -> Envelope | UnreadableMessage:
        try:
            return read_envelope(raw, self._committee)
        except UnreadableMessage as refusal:
            return refusal.with_traceback(None)
