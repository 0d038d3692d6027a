"""A member's message on a medium that all share: who sent it, for whom, and when.

0          1        9    13        33      97          161   162
| position | sent   | to | session | proof | signature | how | payload
             in µs                                       0: the message

                                                      162    194    198
                                                       | hash | size | place | a piece of it
                                                       1: of a message that is longer

A session key signs every carriage; a member proves once by its own signature that the key is its
own. So what a member sends counts against that member alone, and a stranger's bytes count for
nothing. A carriage counts once, and not for long. What is for somebody else is not even checked.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from oracle.protocol.committee.bounds import MOST_NODES
from oracle.protocol.committee.committee import Committee
from oracle.protocol.wire.reader import Reader, UnreadableMessage
from oracle.protocol.wire.signatory import SIGNATURE, SignatureVerifier
from oracle.transport.bundle import MOST_MESSAGE_BYTES
from oracle.transport.nats.shares import CHECK_EFFORT, Shares
from oracle.transport.session import session_digest, session_struct
from oracle.transport.struct_signer import StructSigner
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import BadSignature, Key, Signature, recover

EVERYONE: Final = 255
"""In the place of a receiver: a session on a medium that all share."""
MOST_AGE_S: Final = 60.0
"""A carriage counts so long before and after it was sent, by the receiver's clock."""
MOST_INLINE: Final = 64 * 1024
"""Bytes of a message that travels in one carriage; a longer one goes in pieces of so many."""

_ADDRESS: Final = 20
_KEPT: Final = 16_384
"""Carriages of a member that are known again; more than its budget allows in their time."""
_SESSIONS: Final = 4
"""Sessions of a member in memory: it may have been started anew."""
_TAG: Final = b"Pargrade carriage"
_WORD: Final = 1 + 8 + 4 + _ADDRESS + 2 * SIGNATURE + 1
"""Bytes of a carriage without a message."""


class Piece(NamedTuple):
    """Which part of a longer message a carriage holds."""

    name: bytes
    """Hash of the whole message, 32 bytes."""
    size: int
    """Bytes of it."""
    place: int
    """From 0; all pieces but the last have MOST_INLINE bytes."""


@dataclass(frozen=True, slots=True)
class CarriedMessage:
    """What a carriage holds."""

    sender: int
    to: tuple[int, ...]
    raw: bytes
    """The message or a piece of it; empty where the sender only says that it is here."""
    piece: Piece | None = None


class ShareUsedUp(UnreadableMessage):
    """A member has sent more than its share, and this was not looked at."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__("carriage", f"more than the share of position {position}")


class CarriageWriter:
    """Packs what one member sends. Safe to share between threads."""

    def __init__(self, committee: Committee, position: int, signer: StructSigner) -> None:
        """Signs the session. Raises SignerFailed."""
        self._committee = committee
        self._position = position
        self._key = Key(secrets.token_bytes(32))
        address = bytes.fromhex(self._key.address[2:])
        self._session = address + signer.sign(session_struct(committee, EVERYONE, address))

    def pack(self, to: Iterable[int], raw: bytes) -> bytes:
        """The bytes that carry a message of MOST_INLINE bytes at most."""
        return self._sealed(to, b"\0" + raw)

    def pack_pieces(self, to: tuple[int, ...], raw: bytes) -> Iterator[bytes]:
        """The carriages of a longer message, in order."""
        head = b"\1" + keccak(raw) + len(raw).to_bytes(4)
        for place in range(count_pieces(len(raw))):
            part = raw[place * MOST_INLINE : (place + 1) * MOST_INLINE]
            yield self._sealed(to, head + place.to_bytes(1) + part)

    def _sealed(self, to: Iterable[int], payload: bytes) -> bytes:
        mask = sum(1 << position for position in to)
        sent = time.time_ns() // 1_000
        head = self._position.to_bytes(1) + sent.to_bytes(8) + mask.to_bytes(4)
        digest = _digest(self._committee, head + self._session, payload)
        return head + self._session + self._key.sign(digest).compact + payload


class CarriageReader:
    """Reads what members of one committee send to one of them. For one thread."""

    def __init__(
        self,
        committee: Committee,
        receiver: int,
        members: SignatureVerifier,
        shares: Shares,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`receiver` is this node's position."""
        self._committee = committee
        self._receiver = receiver
        self._shares = shares
        self._members = members
        self._clock = clock
        nodes = range(committee.bounds.nodes)
        self._sessions: dict[int, OrderedDict[bytes, bytes]] = {
            position: OrderedDict() for position in nodes
        }
        """Proofs by session key, by position."""
        self._seen: dict[int, OrderedDict[bytes, None]] = {
            position: OrderedDict() for position in nodes
        }

    def read(self, raw: bytes) -> CarriedMessage | None:
        """The message in bytes that anyone may have written; None for a message to others alone.

        Raises UnreadableMessage, and ShareUsedUp for what was not looked at.
        """
        is_word = len(raw) == _WORD
        if not is_word and len(raw) > _WORD and not int.from_bytes(raw[9:13]) >> self._receiver & 1:
            self._shares.waste()
            return None
        try:
            found = self._read(raw, is_word)
        except ShareUsedUp:
            self._shares.waste()
            raise
        except UnreadableMessage:
            self._shares.waste(CHECK_EFFORT)
            raise
        return found

    def _read(self, raw: bytes, is_word: bool) -> CarriedMessage:
        reader = Reader("carriage", raw)
        head = reader.take(1 + 8 + 4)
        position, sent = head[0], int.from_bytes(head[1:9])
        if position not in self._sessions:
            raise reader.refuse(f"position {position} is not in the committee")
        if abs(self._clock() - sent / 1_000_000) > MOST_AGE_S:
            raise reader.refuse("of another time")
        if not self._shares.has_room(position, is_word=is_word):
            raise ShareUsedUp(position)
        session, proof = reader.take(_ADDRESS), reader.take(SIGNATURE)
        signature = reader.take(SIGNATURE)
        payload = raw[len(head) + _ADDRESS + 2 * SIGNATURE :]
        digest = _digest(self._committee, head + session + proof, payload)
        if digest in self._seen[position]:
            # Whoever repeats a member's carriage charges nothing to that member.
            raise reader.refuse("seen before")
        if not _is_signed(digest, signature, session):
            raise reader.refuse("not signed by its session")
        self._require_session(reader, position, session, proof)
        self._note_seen(position, digest)
        self._shares.charge(position, is_word=is_word)
        mask = int.from_bytes(head[9:13])
        to = tuple(each for each in range(MOST_NODES) if mask >> each & 1)
        if reader.uint(1, 2) == 0:
            return CarriedMessage(position, to, payload[1:])
        name, size = reader.take(32), reader.uint(4, MOST_MESSAGE_BYTES + 1)
        place = reader.uint(1, count_pieces(size))
        part = reader.take(min(MOST_INLINE, size - place * MOST_INLINE))
        reader.finish()
        return CarriedMessage(position, to, part, Piece(name, size, place))

    def _require_session(self, reader: Reader, position: int, session: bytes, proof: bytes) -> None:
        known = self._sessions[position]
        if known.get(session) != proof:
            digest = session_digest(self._committee, EVERYONE, session)
            if not self._members.verify(position, digest, proof):
                raise reader.refuse(f"position {position} proves no such session")
            known[session] = proof
            if len(known) > _SESSIONS:
                known.popitem(last=False)

    def _note_seen(self, position: int, digest: bytes) -> None:
        seen = self._seen[position]
        seen[digest] = None
        if len(seen) > _KEPT:
            seen.popitem(last=False)


def count_pieces(size: int) -> int:
    """In how many carriages a longer message goes."""
    return -(-size // MOST_INLINE)


def _digest(committee: Committee, head: bytes, payload: bytes) -> bytes:
    return keccak(_TAG + committee.domain.separator() + committee.words + head + payload)


def _is_signed(digest: bytes, signature: bytes, session: bytes) -> bool:
    try:
        signer = recover(digest, Signature.of_compact(signature))
    except BadSignature:
        return False
    return bytes.fromhex(signer[2:]) == session
