"""Several messages as the body of one request: each behind its length.

0      4          4+n
| size | message | size | …
"""

from collections.abc import Iterable
from typing import Final

from oracle.protocol.batch.extent import MOST_BODY
from oracle.protocol.wire.reader import Reader

MOST_MESSAGE_BYTES: Final = 2 * MOST_BODY
"""Bytes of the longest message of any kind."""
MOST_BUNDLE_BYTES: Final = MOST_MESSAGE_BYTES + 64 * 1024
MOST_MESSAGES: Final = 128

_LENGTH: Final = 4


def pack_bundle(messages: Iterable[bytes]) -> bytes:
    """The body that carries messages, in their order."""
    return b"".join(len(raw).to_bytes(_LENGTH) + raw for raw in messages)


def read_bundle(body: bytes) -> list[bytes]:
    """The messages in a body. Raises UnreadableMessage, also for more than MOST_MESSAGES."""
    reader = Reader("bundle", body)
    found: list[bytes] = []
    left = len(body)
    while left:
        if len(found) == MOST_MESSAGES:
            raise reader.refuse(f"more than {MOST_MESSAGES} messages")
        found.append(reader.sized(_LENGTH, MOST_MESSAGE_BYTES))
        left -= _LENGTH + len(found[-1])
    return found


def size_in_bundle(raw: bytes) -> int:
    """Bytes that a message takes in a body."""
    return _LENGTH + len(raw)
