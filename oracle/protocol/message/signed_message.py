"""One signed content as its message, without what is attached: for keeping and handing out."""

from typing import Any

from oracle.protocol.committee.committee import Committee
from oracle.protocol.message.envelope import Envelope, MessageKind, read_envelope
from oracle.protocol.wire.content import Content, Signed
from oracle.protocol.wire.reader import UnreadableMessage


def pack_message(epoch: int, signed: Signed[Content]) -> bytes:
    """The message of a signed content."""
    return Envelope(epoch, signed).pack()


def read_message(raw: bytes, kind: MessageKind, committee: Committee) -> Signed[Any]:
    """The signed content in a message of a kind; it is not verified. Raises UnreadableMessage."""
    envelope = read_envelope(raw, committee)
    if envelope.kind is not kind:
        raise UnreadableMessage(kind.name, f"a {envelope.kind.name} in its place")
    return envelope.signed
