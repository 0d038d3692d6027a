"""What a machine wants done, in this order: a record is on disk before what follows it leaves."""

from dataclasses import dataclass

from oracle.protocol.machine.promises import PromiseRecord
from oracle.protocol.message.envelope import MessageKind
from oracle.protocol.transmission.landing import Landing
from oracle.protocol.wire.content import Content, Signed


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for other nodes."""

    to: tuple[int, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Transmit:
    """A report that may land now."""

    landing: Landing


@dataclass(frozen=True, slots=True)
class TwoContents:
    """Two contents that one key signed for one slot: a proof for anyone."""

    kind: MessageKind
    a: Signed[Content]
    b: Signed[Content]


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message that was left out, and why."""

    sender: int
    reason: str


Output = Send | PromiseRecord | Transmit | TwoContents | Ignored
