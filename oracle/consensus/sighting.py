"""An observation that this node has seen signed by a reporter, and what two of them prove."""

from dataclasses import dataclass
from typing import NamedTuple

from pargrade.chain.hashing import Address
from pargrade.spot_index.observation import SignedObservation


class SlotOfReporter(NamedTuple):
    """What a reporter may sign one content for."""

    reporter: Address
    epoch: int
    slot: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """A signed observation and its signer."""

    reporter: Address
    digest: bytes
    """EIP-712 digest of the content: 32 bytes."""
    signed: SignedObservation

    @property
    def key(self) -> SlotOfReporter:
        """Whose slot it is."""
        observation = self.signed.observation
        return SlotOfReporter(self.reporter, observation.epoch, observation.slot)


class Contradiction(NamedTuple):
    """Two contents that one reporter signed for one slot."""

    a: Sighting
    b: Sighting
