"""One member's connection to its NATS servers: in a thread of its own, and HTTP stands behind it.

Whoever says on the server that it is here, and that it hears this member, is sent to over the
server, once for all of them; the others, and what the server did not take, go over HTTP. It says so
the same way as messages go, so a server or a subscription that lets nothing through is found out.
Where more comes than a member will look at, it leaves the server for a minute.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as TakesTooLong
from typing import TYPE_CHECKING, Final

from oracle.protocol.committee.bounds import MOST_NODES
from oracle.protocol.committee.committee import Committee
from oracle.protocol.message.envelope import HEADER
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol.wire.signatory import SignatureVerifier
from oracle.transport.inbox import Inbox
from oracle.transport.nats.assembly import Assembly
from oracle.transport.nats.carriage import (
    MOST_INLINE,
    CarriageReader,
    CarriageWriter,
    CarriedMessage,
    Piece,
    ShareUsedUp,
)
from oracle.transport.nats.presence import Presence
from oracle.transport.nats.servers import NatsServers
from oracle.transport.nats.shares import Shares
from oracle.transport.nats.stream import ANSWER_S, MessageStream, connect
from oracle.transport.outbox import PeerQueue
from oracle.transport.struct_signer import StructSigner

if TYPE_CHECKING:
    from nats.aio.msg import Msg

_log = logging.getLogger(__name__)

_HERE_S: Final = 1.0
"""Between two words that this member is here."""
_RETRY_S: Final = 1.0
_FLOODED_S: Final = 60.0
"""Away from a server that is flooded."""
_SLOT: Final = slice(5, 10)
_TO: Final = slice(0, 4)

Fallback = Callable[[tuple[int, ...], bytes], None]


class NatsLink:
    """What goes in and out over NATS for one seat. `send` may be called from any thread."""

    def __init__(
        self,
        servers: NatsServers,
        committee: Committee,
        position: int,
        signer: StructSigner,
        members: SignatureVerifier,
        inbox: Inbox,
        fallback: Fallback,
    ) -> None:
        """`fallback` sends what the server did not take. Raises SignerFailed."""
        self.problem = "not connected yet"
        """Why it is not connected; empty when it is."""
        self.sent = self.refused = self.failed = 0
        """Messages that the server took, that were no member's, and that went over HTTP."""
        self._servers = servers
        self._committee = committee
        self._position = position
        self._carrier = CarriageWriter(committee, position, signer)
        self._shares = Shares(range(committee.bounds.nodes))
        self._reader = CarriageReader(committee, position, members, self._shares)
        self._inbox = inbox
        self._fallback = fallback
        self._queue = PeerQueue()
        self._presence = Presence()
        self._stream: MessageStream | None = None
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._assembly = Assembly()
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for name, target in (("nats", self._run), ("to-nats", self._pump))
        ]

    def start(self) -> None:
        """Begin to connect."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Disconnect; what was not sent is let go."""
        self._queue.close()
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._closing.set)

    def reaches(self, position: int) -> bool:
        """Whether a member is on the server now and hears this one there."""
        return self._stream is not None and self._presence.is_mutual(position)

    def send(self, to: Iterable[int], raw: bytes) -> None:
        """Queue a message for members that are reached."""
        mask = sum(1 << position for position in to)
        self._queue.put(mask.to_bytes(4) + raw)

    def _pump(self) -> None:
        while messages := self._queue.take():
            for queued in messages:
                mask, raw = int.from_bytes(queued[_TO]), queued[_TO.stop :]
                to = tuple(each for each in range(MOST_NODES) if mask >> each & 1)
                if self._publish(to, raw):
                    self.sent += 1
                else:
                    self.failed += 1
                    self._fallback(to, raw)

    def _publish(self, to: tuple[int, ...], raw: bytes) -> bool:
        stream = self._stream
        if stream is None:
            return False
        handing = self._hand_over(stream, to, raw)
        try:
            going = asyncio.run_coroutine_threadsafe(handing, self._loop)
        except RuntimeError:
            handing.close()  # the loop has just ended
            return False
        try:
            going.result(3 * ANSWER_S)
        except (TakesTooLong, CancelledError):
            going.cancel()
            return False
        except Exception as failure:  # noqa: BLE001
            # The library raises many kinds; whatever it is, the message goes the other way.
            _log.warning("the NATS server took no message: %r", failure)
            return False
        return True

    async def _hand_over(self, stream: MessageStream, to: tuple[int, ...], raw: bytes) -> None:
        slot = int.from_bytes(raw[_SLOT])
        if len(raw) <= MOST_INLINE:
            await stream.publish(slot, self._carrier.pack(to, raw))
            return
        for carriage in self._carrier.pack_pieces(to, raw):
            await stream.publish(slot, carriage)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._stay_connected())
        finally:
            self._loop.close()

    async def _stay_connected(self) -> None:
        while not self._closing.is_set():
            try:
                await self._connect()
            except Exception as failure:  # noqa: BLE001
                # The library raises many kinds; HTTP goes on meanwhile.
                if not self.problem or self.problem.startswith("not connected"):
                    _log.warning("no NATS server: %r", failure)
                self.problem = f"no NATS server: {failure!r}"
            await self._pause(_FLOODED_S if self._shares.is_used_up else _RETRY_S)

    async def _connect(self) -> None:
        """Serves one connection until it ends. Raises the library's errors."""
        self._shares.renew()
        client = await connect(self._servers, _note_error)
        presence = self._presence
        try:
            stream = await MessageStream.open(client, self._committee)
            presence.clear()
            await stream.listen(self._take)
            self._stream, self.problem = stream, ""
            _log.info("messages go over %s", self._servers.urls[0])
            while (
                client.is_connected
                and presence.is_echoed
                and not self._shares.is_used_up
                and not self._closing.is_set()
            ):
                word = self._carrier.pack(presence.heard(self._inbox.refused), b"")
                presence.note_word(word)
                await stream.say_here(word)
                await self._pause(_HERE_S)
            if self._shares.is_used_up:
                await self._take_leave(stream)
            if not self._closing.is_set():
                self.problem = f"the NATS server {self._describe_loss()}"
                _log.warning("%s: messages go over HTTP", self.problem)
        finally:
            self._stream = None
            await client.close()
            # The library leaves the timers of its consumers behind.
            for task in asyncio.all_tasks(self._loop) - {asyncio.current_task()}:
                task.cancel()

    async def _take_leave(self, stream: MessageStream) -> None:
        """Whoever hears that this member hears nobody sends to it over HTTP at once."""
        try:
            await stream.say_here(self._carrier.pack((), b""))
        except Exception as failure:  # noqa: BLE001
            # The library raises many kinds; the others miss this member's words in any case.
            _log.debug("no leave was taken: %r", failure)

    def _describe_loss(self) -> str:
        if self._shares.is_used_up:
            return "is flooded: it is left for a minute"
        return "has gone" if self._presence.is_echoed else "does not give back what it took"

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    async def _take(self, message: "Msg") -> None:
        if self._shares.is_used_up or self._presence.take_echo(message.data):
            return
        carried = self._read(message.data)
        if carried is None:
            return
        is_for_us = self._position in carried.to
        if not carried.raw:
            self._presence.note(carried.sender, hears_us=is_for_us)
        elif is_for_us and carried.piece is not None:
            self._take_piece(carried.sender, carried.piece, carried.raw)
        elif is_for_us:
            self._inbox.put(carried.sender, [carried.raw])

    def _take_piece(self, sender: int, piece: Piece, raw: bytes) -> None:
        if not self._assembly.knows(sender, piece) and not self._inbox.admits(sender, piece.size):
            return
        try:
            message = self._assembly.add(sender, piece, raw)
        except UnreadableMessage as refusal:
            self._refuse(refusal)
        else:
            if message is not None:
                self._inbox.put(sender, [message])

    def _read(self, raw: bytes) -> CarriedMessage | None:
        """None for one's own, for what is no member's, and for what is for others alone."""
        if raw[:1] == self._position.to_bytes(1):
            self._shares.waste()
            return None
        try:
            carried = self._reader.read(raw)
            if carried is not None and carried.piece is None and 0 < len(carried.raw) < HEADER:
                raise UnreadableMessage("carriage", "of no message")
        except ShareUsedUp as flood:
            self._inbox.note_excess(flood.position)
            return None
        except UnreadableMessage as refusal:
            self._refuse(refusal)
            return None
        return carried

    def _refuse(self, refusal: UnreadableMessage) -> None:
        self.refused += 1
        _log.debug("a message on the NATS server was refused: %s", refusal)


async def _note_error(failure: Exception) -> None:
    _log.debug("NATS: %r", failure)
