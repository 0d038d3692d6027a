"""Long messages from their pieces: bounded for each member, so none can crowd another's out."""

from collections import OrderedDict
from typing import Final

from oracle.protocol.wire.reader import UnreadableMessage
from oracle.transport.nats.carriage import Piece, count_pieces
from pargrade.chain.hashing import keccak

MOST_OPEN: Final = 2
"""Messages of one member of which pieces are missing: it sends one after the other."""

Pieces = dict[int, bytes]
"""By place."""


class Assembly:
    """The pieces that have come. For one thread."""

    def __init__(self) -> None:
        self._open: dict[int, OrderedDict[Piece, Pieces]] = {}

    def knows(self, sender: int, piece: Piece) -> bool:
        """Whether another piece of the same message is here."""
        return _whole(piece) in self._open.get(sender, ())

    def add(self, sender: int, piece: Piece, raw: bytes) -> bytes | None:
        """Keep a piece. Returns the message once all are here.

        Of a third message the member's oldest one goes. Raises UnreadableMessage for pieces that
        are of another message than they say.
        """
        messages = self._open.setdefault(sender, OrderedDict())
        pieces = messages.setdefault(_whole(piece), {})
        pieces[piece.place] = raw
        if len(messages) > MOST_OPEN:
            messages.popitem(last=False)
        if len(pieces) < count_pieces(piece.size):
            return None
        del messages[_whole(piece)]
        message = b"".join(pieces[place] for place in sorted(pieces))
        if keccak(message) != piece.name:
            raise UnreadableMessage("pieces", "of another message")
        return message


def _whole(piece: Piece) -> Piece:
    return piece._replace(place=0)
