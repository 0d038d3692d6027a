"""Votes as stored bytes."""

from oracle.protocol.committee.bounds import MOST_NODES
from oracle.protocol.prepare.votes import Vote
from oracle.protocol.wire.reader import Reader
from oracle.protocol.wire.signatory import SIGNATURE


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
