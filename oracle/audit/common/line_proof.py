"""Proof of the price at which a line counted in a common report: with the chain alone, by anyone.

The input root on chain is the hash of the list of batches, each named by the hash of its signed
list, which names every provider's list by its hash. So the lists of all batches, and of one
provider the bodies, are enough to compute the line's price again as every member did.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from oracle.audit.inclusion_proof import BadProof
from oracle.protocol.batch.manifest import Manifest, read_manifest
from oracle.protocol.batch.roots import Root, pack_roots
from oracle.protocol.batch.section import MOST_BYTES as MOST_SECTION
from oracle.protocol.batch.section import read_section, section_name
from oracle.protocol.committee.bounds import MOST_NODES, Bounds
from oracle.protocol.report.attested import LineName
from oracle.protocol.report.input_set import InputSet
from oracle.protocol.report.line_price import AttestedPrice, LineValue, line_value
from oracle.protocol.wire.reader import Reader, UnreadableMessage
from pargrade.canonical import FloatRefused, canonical_json, read_json
from pargrade.chain.hashing import BadAddress, keccak, parse_address
from pargrade.chain.typed_data import Domain
from pargrade.spot_index.common_report import common_domain

SCHEMA: Final = "pargrade-line-proof-1"
MOST_BYTES: Final = 8 << 20
"""Largest proof that is read; one of five members over the lists of the sample has 19 kB."""


@dataclass(frozen=True, slots=True)
class LineProof:
    """Everything that the price of one line follows from."""

    domain: Domain
    slot: int
    """Unix seconds."""
    name: LineName
    batches: tuple[tuple[int, bytes], ...]
    """Position and packed list of every batch of the set, by position."""
    sections: tuple[bytes, ...]
    """The distinct bodies of the line's provider."""

    @property
    def input_root(self) -> bytes:
        """What the report has to name: 32 bytes."""
        return keccak(pack_roots(Root(position, keccak(raw)) for position, raw in self.batches))

    def statements(self) -> list[tuple[int, AttestedPrice]]:
        """Who states which price of the line, by position. Raises BadProof for a missing body."""
        bodies = {section_name(raw): raw for raw in self.sections}
        stated: list[tuple[int, AttestedPrice]] = []
        for position, raw in self.batches:
            entries = {entry.provider: entry for entry in self._manifest(raw).entries}
            entry = entries.get(self.name.provider)
            if entry is None:
                continue
            if entry.section not in bodies:
                raise BadProof(f"the list of position {position} is missing")
            for line, price8, words in read_section(bodies[entry.section]):
                if line == self.name.line:
                    stated.append((position, AttestedPrice(price8, words, entry.fetched_at)))
        return stated

    def price(self, bounds: Bounds) -> tuple[LineValue | None, tuple[int, ...]]:
        """The line's price, None where it has none, and the positions that attest it.

        Raises BadProof where a body is missing.
        """
        stated = self.statements()
        value = line_value([price for _, price in stated], bounds)
        agreed = None if value is None else (value.price8, value.stated)
        attesters = tuple(
            position for position, each in stated if (each.price8, each.stated) == agreed
        )
        return value, attesters

    def pack(self) -> bytes:
        """The file: canonical JSON, so that no byte of it can change unnoticed."""
        return canonical_json(
            {
                "schema": SCHEMA,
                "chain_id": self.domain.chain_id,
                "spot_index": self.domain.contract,
                "slot": self.slot,
                "provider": self.name.provider,
                "line": self.name.line.hex(),
                "batches": [[position, raw.hex()] for position, raw in self.batches],
                "sections": [raw.hex() for raw in self.sections],
            }
        )

    @classmethod
    def unpack(cls, packed: bytes) -> "LineProof":
        """The proof in a file. Raises BadProof for any other form."""
        if len(packed) > MOST_BYTES:
            raise BadProof(f"more than {MOST_BYTES} bytes")
        try:
            stated: dict[str, Any] = read_json(packed)
            contract = parse_address(stated["spot_index"])
            proof = cls(
                domain=common_domain(int(stated["chain_id"]), contract),
                slot=int(stated["slot"]),
                name=LineName(str(stated["provider"]), bytes.fromhex(stated["line"])),
                batches=tuple((int(who), bytes.fromhex(raw)) for who, raw in stated["batches"]),
                sections=tuple(map(bytes.fromhex, stated["sections"])),
            )
            again = proof.pack()
            proof._require_sound()
        except (ValueError, KeyError, TypeError, AttributeError, FloatRefused, BadAddress) as error:
            raise BadProof(f"{type(error).__name__} {error}") from None
        except (UnreadableMessage, OverflowError) as error:
            raise BadProof(str(error)) from None
        if again != packed:
            raise BadProof("it is not written in the form of a proof")
        return proof

    def _require_sound(self) -> None:
        positions = [position for position, _ in self.batches]
        if positions != sorted(set(positions)) or not all(
            0 <= position < MOST_NODES for position in positions
        ):
            raise ValueError("positions do not ascend")
        for _, raw in self.batches:
            self._manifest(raw)
        for raw in self.sections:
            if len(raw) > MOST_SECTION:
                raise ValueError("a list that is too long")
            read_section(raw)

    def _manifest(self, raw: bytes) -> Manifest:
        reader = Reader("batch", raw)
        manifest = read_manifest(reader, self.slot)
        reader.finish()
        return manifest


def prove_line(found: InputSet, name: LineName, domain: Domain) -> LineProof:
    """The proof for a line of an input set."""
    names: Iterable[bytes] = dict.fromkeys(
        entry.section
        for batch in found.batches
        for entry in batch.content.entries
        if entry.provider == name.provider
    )
    return LineProof(
        domain=domain,
        slot=found.slot,
        name=name,
        batches=tuple((batch.position, batch.content.packed) for batch in found.batches),
        sections=tuple(found.sections[each] for each in names),
    )


def is_line_proof(packed: bytes) -> bool:
    """Whether a file says that it is such a proof, and not one of an observation."""
    return f'"schema":"{SCHEMA}"'.encode() in packed
