"""What is kept of a transaction: the intent, what was signed for it, and how it ended."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from pargrade.chain.call import Call
from pargrade.chain.hashing import Address
from pargrade.chain.sending import SignedTransaction


class Verdict(Enum):
    """What became of an intent."""

    DONE = "done"
    FAILED = "failed"
    """Mined, and refused by the contract: someone else came first."""
    SUPERSEDED = "superseded"
    """Another transaction of the same sender took its nonce."""
    DROPPED = "dropped"
    """Not on the chain and no longer needed."""
    PLANNED = "planned"
    """A dry run's: would be sent."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call that is to be sent, with the gas limit it was estimated to need."""

    call: Call[Any]
    act: str
    """For people."""
    gas: int


Attempt = SignedTransaction
"""One signed transaction of an intent."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A call, the nonce it takes, and everything signed for it so far."""

    id: int
    act: str
    """For people."""
    contract: Address
    data: bytes
    nonce: int
    gas: int
    attempts: tuple[Attempt, ...]

    @property
    def most_cost(self) -> int:
        """What the dearest of its transactions may cost in gas, wei."""
        return self.gas * max(attempt.fees.max_fee for attempt in self.attempts)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The block in which an end was seen."""

    number: int
    hash: bytes
    timestamp: int
    """Unix seconds."""
    gas_price: int
    """Wei paid per unit of gas; 0 where the transaction was another's."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of an intent."""

    act: str
    verdict: Verdict
    tx_hash: bytes | None = None
    block: int | None = None
    gas_used: int | None = None
    inclusion: Inclusion | None = None
    """None where no block shows the end: dropped, planned, or from before blocks were kept."""


@dataclass(frozen=True, slots=True)
class ProvisionalOutcome:
    """An outcome whose block was not final when it was last looked at."""

    intent: int
    act: str
    block: int
    block_hash: bytes
