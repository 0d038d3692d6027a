"""One provider's list as one fetch gave it, in the only bytes it can have.

0       2
| count | price | price | …

0      2       2+k      10+k    11+k
| size | line  | price8 | size | stated |

Lines ascend. Times are not in it: nodes that saw the same list at different times have the same
section, and send it once.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from oracle.protocol.batch.parsed import Parsed
from oracle.protocol.wire.reader import Reader
from pargrade.chain.hashing import keccak

MOST_LINES: Final = 512
"""Lines of a provider: the longest list seen has some 200."""
MOST_LINE: Final = 512
"""Bytes of what names a line."""
MOST_STATED: Final = 255
"""Bytes of what else an offer states."""
MOST_BYTES: Final = 128 * 1024
MOST_PARSED: Final = 48 << 20
"""Bytes of memory for lists that were read: some ten times what 13 nodes' lists of a slot take."""
_PRICES_BELOW: Final = 1 << 62
_COUNT: Final = 2
_LIST_TAKES: Final = 512
_LINE_TAKES: Final = 192
"""Bytes of memory of a list and of a line beyond what is stated: tuple, numbers, two heads."""


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

_PARSED: Final = Parsed[Section](MOST_PARSED)


class SectionCut(NamedTuple):
    """A list as peers read it."""

    raw: bytes
    left_out: int
    """Lines that a peer would not read with the others: the last ones."""


def pack_section(prices: Iterable[LinePrice]) -> bytes:
    """The bytes of a list; of several prices of a line the lowest counts.

    Raises UnreadableMessage for what no peer would read.
    """
    raw = _packed([_pack_price(price) for price in _lowest(prices)])
    read_section(raw)
    return raw


def cut_section(prices: Iterable[LinePrice]) -> SectionCut:
    """As `pack_section`, with the first lines of a list that is too long for its peers.

    Raises UnreadableMessage for a line that no peer would read by itself.
    """
    packed = [_pack_price(price) for price in _lowest(prices)]
    kept, size = 0, _COUNT
    for each in packed[:MOST_LINES]:
        size += len(each)
        if size > MOST_BYTES:
            break
        kept += 1
    raw = _packed(packed[:kept])
    read_section(raw)
    return SectionCut(raw, len(packed) - kept)


def read_section(raw: bytes) -> Section:
    """The list behind bytes. Raises UnreadableMessage.

    Kept: of one list every node sends the same bytes, and lists change less often than slots come.
    """
    found = _PARSED.find(raw)
    if found is None:
        found = _read(raw)
        _PARSED.keep(raw, found, _LIST_TAKES + sum(map(_takes, found)))
    return found


def count_lines(raw: bytes) -> int:
    """How many lines a list says that it has."""
    return int.from_bytes(raw[:_COUNT])


def section_name(raw: bytes) -> bytes:
    """What a section is asked for by: the hash of its bytes, 32 bytes."""
    return keccak(raw)


def _lowest(prices: Iterable[LinePrice]) -> Iterable[LinePrice]:
    lowest: dict[bytes, LinePrice] = {}
    for price in sorted(prices):
        lowest.setdefault(price.line, price)
    return lowest.values()


def _pack_price(price: LinePrice) -> bytes:
    line, price8, stated = price
    head = len(line).to_bytes(2) + line + price8.to_bytes(8)
    return head + len(stated).to_bytes(1) + stated


def _packed(prices: list[bytes]) -> bytes:
    return len(prices).to_bytes(_COUNT) + b"".join(prices)


def _read(raw: bytes) -> Section:
    if len(raw) > MOST_BYTES:
        raise Reader("section", b"").refuse(f"{len(raw)} bytes")
    reader = Reader("section", raw)
    found = []
    before: bytes | None = None
    for _ in range(reader.uint(_COUNT, MOST_LINES + 1)):
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


def _takes(price: LinePrice) -> int:
    return _LINE_TAKES + len(price.line) + len(price.stated)
