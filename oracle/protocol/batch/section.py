"""One provider's list as one fetch gave it, in the only bytes it can have.

0       2
| count | price | price | …

0      2       2+k      10+k    11+k
| size | line  | price8 | size | stated |

Lines ascend. Times are not in it: nodes that saw the same list at different times have the same
section, and send it once.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from oracle.protocol.wire.reader import Reader
from pargrade.chain.hashing import keccak

MOST_LINES: Final = 512
"""Lines of a provider: the longest list seen has some 200."""
MOST_LINE: Final = 512
"""Bytes of what names a line."""
MOST_STATED: Final = 255
"""Bytes of what else an offer states."""
MOST_BYTES: Final = 128 * 1024
_PRICES_BELOW: Final = 1 << 62


class LinePrice(NamedTuple):
    """A price on a list, ordered by line."""

    line: bytes
    """What the price is for, in canonical form."""
    price8: int
    """USD per GPU-hour, 8 decimals, above zero and below 2^62."""
    stated: bytes = b""
    """What else was said of it, such as how firm it is: attested together with the price."""


Section = tuple[LinePrice, ...]
"""A provider's list."""


def pack_section(prices: Iterable[LinePrice]) -> bytes:
    """The bytes of a list; of several prices of a line the lowest counts.

    Raises UnreadableMessage for what no peer would read.
    """
    lowest: dict[bytes, LinePrice] = {}
    for price in sorted(prices):
        lowest.setdefault(price.line, price)
    packed = [len(lowest).to_bytes(2)]
    for line, price8, stated in lowest.values():
        packed += [len(line).to_bytes(2), line, price8.to_bytes(8)]
        packed += [len(stated).to_bytes(1), stated]
    raw = b"".join(packed)
    read_section(raw)
    return raw


@lru_cache(maxsize=4_096)
def read_section(raw: bytes) -> Section:
    """The list behind bytes. Raises UnreadableMessage.

    Kept: of one list every node sends the same bytes, and lists change less often than slots come.
    """
    if len(raw) > MOST_BYTES:
        raise Reader("section", b"").refuse(f"{len(raw)} bytes")
    reader = Reader("section", raw)
    found = []
    before: bytes | None = None
    for _ in range(reader.uint(2, MOST_LINES + 1)):
        line = reader.sized(2, MOST_LINE)
        if before is not None and line <= before:
            raise reader.refuse("lines do not ascend")
        before = line
        price8 = reader.uint(8, _PRICES_BELOW)
        if price8 == 0:
            raise reader.refuse("a price of zero")
        found.append(LinePrice(line, price8, reader.sized(1, MOST_STATED)))
    reader.finish()
    return tuple(found)


def section_name(raw: bytes) -> bytes:
    """What a section is asked for by: the hash of its bytes, 32 bytes."""
    return keccak(raw)
