"""A committee and its members as JSON, so that what is stored can be checked without a chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oracle.protocol.committee.bounds import Bounds
from oracle.protocol.committee.committee import Committee
from oracle.protocol.wire.signatory import Members
from pargrade.chain.hashing import Address, parse_address
from pargrade.spot_index.common_report import common_domain


@dataclass(frozen=True, slots=True)
class StoredCommittee:
    """The committee of an epoch, and whose keys sign for it."""

    committee: Committee
    members: tuple[Address, ...]
    """By position."""

    @property
    def verifier(self) -> Members:
        """Checks its members' signatures."""
        return Members(self.members)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        committee = self.committee
        return {
            "chain_id": committee.domain.chain_id,
            "spot_index": committee.domain.contract,
            "liars": committee.bounds.liars,
            "signatures": committee.bounds.signatures,
            "index_set": committee.index_set.hex(),
            "epoch": committee.epoch,
            "method_hash": committee.method_hash.hex(),
            "indices": committee.indices,
            "flags": committee.flags,
            "grid_s": committee.grid_s,
            "heartbeat_s": committee.heartbeat_s,
            "min_interval_s": committee.min_interval_s,
            "deviation_bps": committee.deviation_bps,
            "members": list(self.members),
        }

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> "StoredCommittee":
        """Of what `to_json` gave. Raises KeyError, ValueError, ImpossibleBounds."""
        members: Sequence[str] = stated["members"]
        numbers = ("epoch", "indices", "flags", "grid_s", "heartbeat_s", "min_interval_s")
        committee = Committee(
            bounds=Bounds(len(members), int(stated["liars"]), int(stated["signatures"])),
            domain=common_domain(int(stated["chain_id"]), parse_address(stated["spot_index"])),
            index_set=bytes.fromhex(stated["index_set"]),
            method_hash=bytes.fromhex(stated["method_hash"]),
            deviation_bps=int(stated["deviation_bps"]),
            **{name: int(stated[name]) for name in numbers},
        )
        return cls(committee, tuple(map(parse_address, members)))
