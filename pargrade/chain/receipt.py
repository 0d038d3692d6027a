"""What became of a transaction."""

from dataclasses import dataclass
from typing import Any, Self, TypeVar

from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address, parse_address
from pargrade.chain.log import Event, Log
from pargrade.errors import PargradeError

E = TypeVar("E", bound=Event)


class NoSuchEvent(PargradeError):
    """A transaction that went through without announcing what it was sent for."""

    hint = "Check that the contract at this address is the one the bindings were made for."

    def __init__(self, event: str, tx_hash: bytes) -> None:
        self.event = event
        self.tx_hash = tx_hash
        super().__init__(f"transaction 0x{tx_hash.hex()} has no {event}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A mined transaction that succeeded."""

    tx_hash: bytes
    block: BlockStamp
    gas_used: int
    """Gas units, refunds deducted."""
    gas_price: int
    """Wei paid per unit of gas."""
    created: Address | None
    """The contract the transaction created."""
    logs: tuple[Log, ...]

    @classmethod
    def of(cls, raw: dict[str, Any], block: BlockStamp) -> Self:
        """The receipt as JSON-RPC gives it, with the block it is in."""
        created = raw.get("contractAddress")
        return cls(
            tx_hash=bytes.fromhex(raw["transactionHash"][2:]),
            block=block,
            gas_used=int(raw["gasUsed"], 16),
            gas_price=int(raw["effectiveGasPrice"], 16),
            created=None if created is None else parse_address(created),
            logs=tuple(Log.of(entry) for entry in raw["logs"]),
        )

    def events(self, kind: type[E], emitter: Address | None = None) -> list[E]:
        """All events of a kind, in order; of one contract when `emitter` is given."""
        return [
            kind.decode(log)
            for log in self.logs
            if log.topics and log.topics[0] == kind.TOPIC and emitter in (None, log.address)
        ]

    def event(self, kind: type[E], emitter: Address | None = None) -> E:
        """The first event of a kind. Raises NoSuchEvent."""
        for found in self.events(kind, emitter):
            return found
        raise NoSuchEvent(kind.SIGNATURE, self.tx_hash)

    @property
    def contract(self) -> Address:
        """The contract this transaction created. Raises NoSuchEvent when it created none."""
        if self.created is None:
            raise NoSuchEvent("creation of a contract", self.tx_hash)
        return self.created
