"""What every generated binding has: an address on a chain, and typed calls and events."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pargrade.chain.abi import Layout, join
from pargrade.chain.artifact import load_artifact
from pargrade.chain.block import At
from pargrade.chain.call import Call, Errors, Function
from pargrade.chain.hashing import Address
from pargrade.chain.log import Event, Log

if TYPE_CHECKING:
    # Events are decoded by pure code too, which has no business with a connection.
    from pargrade.chain.rpc import Chain

T = TypeVar("T")
E = TypeVar("E", bound=Event)


class Contract:
    """A contract of one kind at one address."""

    __slots__ = ("address", "chain")

    NAME: ClassVar[str]
    ERRORS: ClassVar[Errors]
    EVENTS: ClassVar[Mapping[bytes, type[Event]]]
    SELECTORS: ClassVar[Mapping[str, bytes]]
    """By the name of the method here, for tables of who may call what."""

    def __init__(self, chain: "Chain", address: Address) -> None:
        self.chain = chain
        self.address = address

    def __repr__(self) -> str:
        return f"{self.NAME}({self.address})"

    @classmethod
    def creation_code(cls) -> bytes:
        """The code that creates one, before constructor arguments. Raises MissingArtifact."""
        return load_artifact(cls.NAME).creation_code

    @classmethod
    def decode(cls, log: Log) -> Event | None:
        """The event a log is, or None when this kind of contract has no such event."""
        kind = cls.EVENTS.get(log.topics[0]) if log.topics else None
        return None if kind is None else kind.decode(log)

    def history(self, *kinds: type[E], first: int, last: int) -> list[tuple[Log, E]]:
        """This contract's events of these kinds in blocks first to last, both included."""
        by_topic = {kind.TOPIC: kind for kind in kinds}
        logs = self.chain.logs([self.address], first=first, last=last, topics=(tuple(by_topic),))
        return [(log, by_topic[log.topics[0]].decode(log)) for log in logs]

    def _read(self, function: Function[T], block: At, *arguments: Any) -> T:
        return self.chain.call(self._call(function, *arguments), block=block)

    def _call(self, function: Function[T], *arguments: Any, value: int = 0) -> Call[T]:
        return Call(
            to=self.address,
            data=function.encode(*arguments),
            label=f"{self.NAME}.{function.name}",
            result=function.result,
            errors=self.ERRORS,
            value=value,
        )

    @classmethod
    def _create(
        cls, inputs: tuple[Layout[Any], ...], *arguments: Any, value: int = 0
    ) -> Call[None]:
        return Call(
            to=None,
            data=cls.creation_code() + join(inputs, arguments),
            label=f"{cls.NAME}.deploy",
            result=None,
            errors=cls.ERRORS,
            value=value,
        )
