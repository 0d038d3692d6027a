"""What became of a transaction."""

from dataclasses import dataclass
from typing import Any, Self, TypeVar

from pargrade.chain.answers import (
    read_address,
    read_field,
    read_hash,
    read_list,
    read_object,
    read_optional,
    read_quantity,
)
from pargrade.chain.block import BlockStamp
from pargrade.chain.hashing import Address
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
class MinedTransaction:
    """What a node says of a mined transaction, whether it succeeded or not."""

    tx_hash: bytes
    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int
    """Gas units, refunds deducted."""
    gas_price: int
    """Wei paid per unit of gas."""
    created: Address | None
    logs: tuple[Log, ...]

    @classmethod
    def of(cls, raw: Any) -> Self:
        """The receipt as JSON-RPC gives it. Raises Malformed."""
        fields = read_object(raw)
        return cls(
            tx_hash=read_field(fields, "transactionHash", read_hash),
            block_number=read_field(fields, "blockNumber", read_quantity),
            block_hash=read_field(fields, "blockHash", read_hash),
            succeeded=read_field(fields, "status", read_quantity) == 1,
            gas_used=read_field(fields, "gasUsed", read_quantity),
            gas_price=read_field(fields, "effectiveGasPrice", read_quantity),
            created=read_optional(fields.get("contractAddress"), read_address),
            logs=tuple(read_field(fields, "logs", _read_logs)),
        )


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

    @property
    def fee(self) -> int:
        """What was paid for gas, wei."""
        return self.gas_used * self.gas_price

    @classmethod
    def of(cls, mined: MinedTransaction, block: BlockStamp) -> Self:
        """The receipt of a transaction that succeeded, with the block it is in."""
        return cls(
            tx_hash=mined.tx_hash,
            block=block,
            gas_used=mined.gas_used,
            gas_price=mined.gas_price,
            created=mined.created,
            logs=mined.logs,
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


def _read_logs(raw: Any) -> list[Log]:
    return read_list(raw, Log.of)
