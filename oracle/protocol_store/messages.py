"""Stored bytes read back as contents: the same readers as for what peers send."""

from typing import Any

from oracle.protocol.committee.bounds import MOST_NODES
from oracle.protocol.committee.committee import Committee
from oracle.protocol.message.envelope import Envelope, MessageKind, read_envelope
from oracle.protocol.prepare.votes import Vote
from oracle.protocol.wire.content import Content, Signed
from oracle.protocol.wire.reader import Reader, UnreadableMessage
from oracle.protocol.wire.signatory import SIGNATURE


def pack_message(epoch: int, signed: Signed[Content]) -> bytes:
    """A signed content as its message, without what is attached."""
    return Envelope(epoch, signed).pack()


def read_message(raw: bytes, kind: MessageKind, committee: Committee) -> Signed[Any]:
    """The signed content in a message of a kind; it is not verified. Raises UnreadableMessage."""
    envelope = read_envelope(raw, committee)
    if envelope.kind is not kind:
        raise UnreadableMessage(kind.name, f"a {envelope.kind.name}")
    return envelope.signed


def pack_votes(votes: tuple[Vote, ...]) -> bytes:
    """Positions and signatures behind their number."""
    packed = [position.to_bytes(1) + raw for position, raw in votes]
    return len(packed).to_bytes(1) + b"".join(packed)


def read_votes(raw: bytes) -> tuple[Vote, ...]:
    """What `pack_votes` gave. Raises UnreadableMessage."""
    reader = Reader("votes", raw)
    count = reader.uint(1, MOST_NODES + 1)
    votes = tuple(Vote(reader.uint(1, MOST_NODES), reader.take(SIGNATURE)) for _ in range(count))
    reader.finish()
    return votes
