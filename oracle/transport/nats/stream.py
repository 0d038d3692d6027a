"""The stream of one index's messages on a JetStream server, bounded."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from oracle.protocol.committee.committee import Committee
from oracle.transport.nats.carriage import MOST_INLINE
from oracle.transport.nats.servers import NatsServers
from pargrade.chain.hashing import keccak

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext

MOST_AGE_S: Final = 600
"""The server forgets messages after so long."""
MOST_STREAM_BYTES: Final = 64 << 20
ANSWER_S: Final = 2.0
"""How long the server may take for one request."""

_HERE: Final = "here"
"""In the place of a slot: a member that says it is here."""

Handler = Callable[["Msg"], Awaitable[None]]


def name_of(committee: Committee) -> str:
    """Of an index's stream: the same at every member and in every epoch, as a server sets memory
    aside for each. What is of another epoch is refused by its signature.
    """
    words = committee.domain.separator() + committee.index_set
    return f"pargrade-{keccak(words).hex()[:16]}"


async def connect(
    servers: NatsServers, on_error: Callable[[Exception], Awaitable[None]]
) -> "Client":
    """A connection that ends for good when it ends. Raises the library's errors."""
    import nats

    return await nats.connect(
        list(servers.urls),
        connect_timeout=int(ANSWER_S),
        # One that is made anew finds stream and store again, or makes them.
        allow_reconnect=False,
        max_reconnect_attempts=0,
        error_cb=on_error,
        nkeys_seed=None if servers.seed is None else str(servers.seed),
    )


def try_servers(servers: NatsServers) -> str:
    """Why a member could not send over servers now; empty when it could. Changes nothing."""

    async def look() -> None:
        client = await connect(servers, _ignore)
        try:
            await client.jetstream(timeout=ANSWER_S).account_info()
        finally:
            await client.close()

    try:
        asyncio.run(look())
    except Exception as failure:  # noqa: BLE001
        # The library raises many kinds.
        return str(failure) or type(failure).__name__
    return ""


async def _ignore(_: Exception) -> None:
    """What fails is raised as well."""


class MessageStream:
    """One connection's view of it. For one event loop."""

    def __init__(self, context: "JetStreamContext", name: str) -> None:
        self._context = context
        self._name = name

    @classmethod
    async def open(cls, client: "Client", committee: Committee) -> "MessageStream":
        """Makes it where it is missing. Raises the library's errors."""
        from nats.js.api import RetentionPolicy, StorageType, StreamConfig

        name = name_of(committee)
        context = client.jetstream(timeout=ANSWER_S)
        await context.add_stream(
            StreamConfig(
                name=name,
                subjects=[f"{name}.slot.*"],
                retention=RetentionPolicy.LIMITS,
                storage=StorageType.MEMORY,
                max_age=MOST_AGE_S,
                max_bytes=MOST_STREAM_BYTES,
                max_msg_size=2 * MOST_INLINE,
                duplicate_window=MOST_AGE_S / 5,
            )
        )
        return cls(context, name)

    async def listen(self, take: Handler) -> None:
        """From now on `take` gets what members publish."""
        from nats.js.api import DeliverPolicy

        await self._context.subscribe(
            f"{self._name}.slot.*", cb=take, ordered_consumer=True, deliver_policy=DeliverPolicy.NEW
        )

    async def publish(self, slot: int, carriage: bytes) -> None:
        """Returns once the server has it. Raises the library's errors."""
        await self._context.publish(f"{self._name}.slot.{slot}", carriage, timeout=ANSWER_S)

    async def say_here(self, carriage: bytes) -> None:
        """As messages go: whoever hears this, hears them. Raises the library's errors."""
        await self._context.publish(f"{self._name}.slot.{_HERE}", carriage, timeout=ANSWER_S)
