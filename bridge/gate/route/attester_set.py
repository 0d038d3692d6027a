"""The attesters a route file names, checked as the gate would check them."""

from dataclasses import dataclass
from typing import Self

from bridge.gate.route.file import MOST_ATTESTERS, AttesterTable
from pargrade.bindings.structs import AttesterConfig
from pargrade.chain.hashing import ZERO_ADDRESS, Address, parse_address
from pargrade.errors import PargradeError


class BadAttesters(PargradeError):
    """Attesters the gate would refuse."""

    hint = "Name 2 to 32 different attesters, and a threshold of at least 2 and more than half."


@dataclass(frozen=True, slots=True)
class AttesterSet:
    """Who attests: addresses by set position, and how many of them it takes."""

    threshold: int
    addresses: tuple[Address, ...]

    @classmethod
    def of(cls, table: AttesterTable) -> Self:
        """From the route file. Raises BadAttesters, BadAddress."""
        addresses = tuple(parse_address(text) for text in table.addresses)
        count, threshold = len(addresses), table.threshold
        if len(set(addresses)) < count:
            raise BadAttesters("an attester is named twice")
        if ZERO_ADDRESS in addresses:
            raise BadAttesters("the zero address cannot attest")
        if count > MOST_ATTESTERS or not count < 2 * threshold <= 2 * count:
            raise BadAttesters(f"a threshold of {threshold} among {count} attesters is not usable")
        return cls(threshold, addresses)

    def is_in_force(self, config: AttesterConfig) -> bool:
        """Whether a gate has this set as its current one, not revoked."""
        found = (config.threshold, config.attesters)
        return (
            config.epoch != 0 and not config.revoked and found == (self.threshold, self.addresses)
        )
