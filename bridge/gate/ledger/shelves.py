"""Messages and arrivals of a ledger, kept as bytes and made anew for whoever looks at one.

A route keeps every message it ever had, and looks at hardly any twice: as objects one takes some
900 bytes at both ends together, as here a third of it.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from struct import Struct
from typing import Final

from bridge.gate.ledger.messages import Arrival, SentMessage
from pargrade.bindings.structs import Passage
from pargrade.chain.hashing import Address, address_of
from pargrade.gate.transfer import Amount, Crossing

_ACCOUNT: Final = 20
_STEPS: Final = 16
"""Bytes of a number of steps: parts of 12 bytes that were added up."""
_CONTENT: Final = _ACCOUNT + _STEPS
"""Bytes of recipient and steps, side by side in both kinds of records."""

#   sender  recipient  steps  block  time  was queued
_SENT: Final = Struct(f">{_ACCOUNT}s{_ACCOUNT}s{_STEPS}sQQ?")

#   passage  recipient  executed  waiting  epoch, then the id
_ARRIVAL: Final = Struct(f">B{_ACCOUNT}s{_STEPS}s{_STEPS}sI")


class SentShelf(Mapping[int, SentMessage]):
    """Messages that left one end of a route, by nonce: each one more than the one before."""

    def __init__(self, route: bytes, decimals: int) -> None:
        self._route, self._decimals = route, decimals
        self._first = 0
        self._records = bytearray()

    def add(self, message: SentMessage) -> None:
        """Puts the next message at the end."""
        crossing = message.crossing
        if not self._records:
            self._first = crossing.nonce
        assert crossing.nonce == self._first + len(self)
        self._records += _SENT.pack(
            _raw(crossing.sender),
            _raw(crossing.recipient),
            crossing.amount.value.to_bytes(_STEPS),
            message.block,
            message.time,
            message.was_queued,
        )

    def content(self, nonce: int) -> bytes | None:
        """Recipient and steps of a message; None for one that is not here."""
        if nonce not in self:
            return None
        start = (nonce - self._first) * _SENT.size + _ACCOUNT
        return bytes(self._records[start : start + _CONTENT])

    def __getitem__(self, nonce: int) -> SentMessage:
        if nonce not in self:
            raise KeyError(nonce)
        found = _SENT.unpack_from(self._records, (nonce - self._first) * _SENT.size)
        sender, recipient, steps, block, time, was_queued = found
        amount = Amount(int.from_bytes(steps), self._decimals)
        crossing = Crossing(self._route, nonce, _address(sender), _address(recipient), amount)
        return SentMessage(crossing, block, time, was_queued)

    def __contains__(self, nonce: object) -> bool:
        return isinstance(nonce, int) and 0 <= nonce - self._first < len(self)

    def __len__(self) -> int:
        return len(self._records) // _SENT.size

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._first, self._first + len(self)))


class ArrivalShelf(Mapping[int, Arrival]):
    """Transfers at the end they go to, by nonce, in the order in which they came."""

    def __init__(self) -> None:
        self._records: dict[int, bytes] = {}

    def put(self, arrival: Arrival) -> None:
        """Keeps where a transfer stands now, in place of where it stood."""
        head = _ARRIVAL.pack(
            arrival.passage,
            _raw(arrival.recipient),
            arrival.executed.to_bytes(_STEPS),
            arrival.waiting.to_bytes(_STEPS),
            arrival.epoch,
        )
        # An id is a word of its gate, and 0 for nearly all.
        tail = arrival.id.to_bytes((arrival.id.bit_length() + 7) // 8)
        self._records[arrival.nonce] = head + tail

    def content_through(self, nonce: int) -> bytes | None:
        """Recipient and steps of a transfer that went through, as a SentShelf has them; else None.

        To compare a whole history without making its objects.
        """
        record = self._records.get(nonce)
        if record is None or record[0] != Passage.DONE:
            return None
        return record[1 : 1 + _CONTENT]

    def __getitem__(self, nonce: int) -> Arrival:
        record = self._records[nonce]
        found = _ARRIVAL.unpack_from(record)
        passage, recipient, executed, waiting, epoch = found
        return Arrival(
            nonce=nonce,
            recipient=_address(recipient),
            executed=int.from_bytes(executed),
            waiting=int.from_bytes(waiting),
            passage=Passage(passage),
            id=int.from_bytes(record[_ARRIVAL.size :]),
            epoch=epoch,
        )

    def __contains__(self, nonce: object) -> bool:
        return nonce in self._records

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[int]:
        return iter(self._records)


def _raw(account: Address) -> bytes:
    return bytes.fromhex(account[2:])


@lru_cache(maxsize=4_096)
def _address(raw: bytes) -> Address:
    return address_of(raw)
