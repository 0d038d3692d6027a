"""Whose journal it is: one key, one chain, one index contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from pargrade.chain.hashing import Address, parse_address


@dataclass(frozen=True, slots=True)
class JournalOwner:
    """What a journal belongs to."""

    reporter: Address
    chain_id: int
    spot_index: Address

    def describe(self) -> str:
        """For people."""
        return f"{self.reporter} on chain {self.chain_id}, index {self.spot_index}"

    def to_settings(self) -> dict[str, str]:
        """As the journal keeps it: texts by name."""
        return {
            "reporter": self.reporter,
            "chain_id": str(self.chain_id),
            "spot_index": self.spot_index,
        }

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """From what `to_settings` gave. Raises BadAddress."""
        return cls(
            parse_address(settings["reporter"]),
            int(settings["chain_id"]),
            parse_address(settings["spot_index"]),
        )
