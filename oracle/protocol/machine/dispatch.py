"""What leaves a node about a slot, in order: a promise is noted down before its message goes."""

from typing import TypeVar

from oracle.protocol.committee.committee import Committee
from oracle.protocol.machine.outputs import Output, Send
from oracle.protocol.machine.promises import Promise, PromiseRecord, Promises
from oracle.protocol.machine.slot_state import SlotState
from oracle.protocol.message.envelope import KIND_OF, Envelope, MessageKind
from oracle.protocol.wire.content import Content, Signed, sign_content
from oracle.protocol.wire.signatory import Signatory

T = TypeVar("T", bound=Content)

_PROMISE_OF = {
    MessageKind.BATCH: Promise.BATCH,
    MessageKind.PROPOSAL: Promise.PROPOSAL,
    MessageKind.PREPARE: Promise.PREPARE,
    MessageKind.REPORT: Promise.REPORT,
}


class Dispatch:
    """Signs in one node's name. `out` is what it wants done, in order."""

    def __init__(
        self, committee: Committee, position: int, signatory: Signatory, promises: Promises
    ) -> None:
        self.out: list[Output] = []
        self.position = position
        self.promises = promises
        self._committee = committee
        self._signatory = signatory
        self._others = tuple(each for each in range(committee.bounds.nodes) if each != position)

    def sign(self, content: T) -> Signed[T]:
        """A content under this node's key."""
        return sign_content(content, self._committee, self.position, self._signatory)

    def call_for(self, state: SlotState, content: Content, now: float) -> None:
        """Sign and send what is no promise, to all."""
        raw = Envelope(self._committee.epoch, self.sign(content)).pack()
        self._send(state, KIND_OF[type(content)], raw, now)

    def give(
        self, state: SlotState, envelope: Envelope, now: float, sent: bytes | None = None
    ) -> None:
        """Note a promise down, then send it to all, or `sent` in its place."""
        kind, raw = envelope.kind, envelope.pack()
        record = PromiseRecord(_PROMISE_OF[kind], state.slot, envelope.signed.digest, raw)
        self.promises.keep(record)
        self.out.append(record)
        self._send(state, kind, raw if sent is None else sent, now)

    def repeat(self, state: SlotState, kind: MessageKind, pause_s: float, now: float) -> None:
        """Send the bytes of a promise once more, if the last time was so long ago."""
        sent_at = state.sent_at.get(kind)
        if sent_at is None or now - sent_at >= pause_s:
            self.send_again(state, kind, now)

    def send_again(self, state: SlotState, kind: MessageKind, now: float) -> None:
        """Send the bytes of a promise once more, if it was given for this slot."""
        record = self.promises.kept(_PROMISE_OF[kind], state.slot)
        if record is not None:
            self._send(state, kind, record.raw, now)

    def hand_out(self) -> list[Output]:
        """What has gathered since the last time."""
        out, self.out = self.out, []
        return out

    def _send(self, state: SlotState, kind: MessageKind, raw: bytes, now: float) -> None:
        state.sent_at[kind] = now
        self.out.append(Send(self._others, raw))
