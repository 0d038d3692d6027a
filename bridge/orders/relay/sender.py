"""What sends a relay's transactions, as the relay needs it."""

from collections.abc import Sequence
from typing import Any, Protocol

from bridge.outbox.records import Outcome, PlannedCall
from pargrade.chain.call import Call
from pargrade.chain.errors import ChainError
from pargrade.chain.hashing import Address


class Sender(Protocol):
    """What sends: the bridge's outbox."""

    address: Address

    @property
    def fee_cap_per_day(self) -> int | None:
        """Most that a day may cost, wei; None without a cap."""

    def gas_limit(self, call: Call[Any]) -> int:
        """Gas the call needs, with a margin. Raises its refusal."""

    def send_each(self, planned: Sequence[PlannedCall]) -> list[Outcome | ChainError]:
        """Sends calls in a row, and waits for all. Raises RpcDown."""

    def recover(self) -> Sequence[Outcome]:
        """Brings to an end what an earlier run left open."""
