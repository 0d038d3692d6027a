"""Proof that a quote entered, or was refused in, what a reporter signed for a round.

A proof carries the quote's evidence line, its place, the Merkle path to the root of the quotes,
the header, and the roots of the two other sections: enough to compute the evidence root. The rest,
which root the reporter signed and what the round recorded, is the chain's to say
(oracle.submission).

It proves inclusion only. The tree is positional, not keyed: that a quote is *not* in the evidence
shows when the whole evidence is read, never from a path.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from oracle.evidence import merkle
from oracle.evidence.evidence import Evidence, root_of
from pargrade.canonical import FloatRefused, read_json
from pargrade.chain.hashing import Address, BadAddress, parse_address
from pargrade.chain.typed_data import Domain
from pargrade.errors import PargradeError
from pargrade.spot_index.observation import REPLAYED, index_domain

if TYPE_CHECKING:
    # A proof is checked by pure code, which has no business with a connection.
    from pargrade.deployment.submission import Statement, Submission

SCHEMA: Final = "pargrade-proof-1"

MOST_BYTES: Final = 1 << 20
"""Largest proof that is read; one of the sample has 3 kB."""


class BadProof(PargradeError):
    """Bytes that are not a proof in the one form it is written in."""

    hint = "Ask for the proof again; every byte of it counts."

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not a proof: {reason}")


@dataclass(frozen=True, slots=True)
class Proof:
    """A quote's place in the evidence of one reporter for one round."""

    domain: Domain
    """Chain, and the SpotIndex on it."""
    slot: int
    """Unix seconds."""
    position: int
    """Of the reporter in its set."""
    reporter: Address
    header: bytes
    links: bytes
    """Running commitment to the chain's midnights."""
    anchor: bytes
    """Merkle root of the quotes of the last midnight's fixing."""
    place: int
    """Of the line among the quotes, from 0."""
    line: bytes
    """Canonical JSON of the quote and its verdict."""
    path: tuple[bytes, ...]
    """Sibling hashes from the line up."""

    @property
    def root(self) -> bytes:
        """The evidence root this adds up to: 32 bytes. Raises BadProof where it cannot."""
        try:
            count = read_json(self.header)["counts"]["quotes"]
            quotes = merkle.climb(merkle.leaf(self.line), self.place, int(count), self.path)
        except (ValueError, KeyError, TypeError, FloatRefused) as error:
            raise BadProof(f"{type(error).__name__} {error}") from None
        return root_of(self.header, self.links, self.anchor, quotes)

    def pack(self) -> bytes:
        """The file: JSON in one fixed form, so that no byte of it can change unnoticed."""
        stated = {
            "schema": SCHEMA,
            "chain_id": self.domain.chain_id,
            "spot_index": self.domain.contract,
            "slot": self.slot,
            "position": self.position,
            "reporter": self.reporter,
            "header": self.header.decode("ascii"),
            "links": "0x" + self.links.hex(),
            "anchor": "0x" + self.anchor.hex(),
            "place": self.place,
            "line": self.line.decode("ascii"),
            "path": ["0x" + sibling.hex() for sibling in self.path],
        }
        return json.dumps(stated, indent=2).encode() + b"\n"

    @classmethod
    def unpack(cls, packed: bytes) -> "Proof":
        """The proof in a file. Raises BadProof for any other form."""
        if len(packed) > MOST_BYTES:
            raise BadProof(f"more than {MOST_BYTES} bytes")
        try:
            stated: dict[str, Any] = read_json(packed)
            proof = cls(
                domain=index_domain(int(stated["chain_id"]), parse_address(stated["spot_index"])),
                slot=int(stated["slot"]),
                position=int(stated["position"]),
                reporter=parse_address(stated["reporter"]),
                header=stated["header"].encode("ascii"),
                links=_word(stated["links"]),
                anchor=_word(stated["anchor"]),
                place=int(stated["place"]),
                line=stated["line"].encode("ascii"),
                path=tuple(map(_word, stated["path"])),
            )
            again = proof.pack()
        except (ValueError, KeyError, TypeError, AttributeError, FloatRefused, BadAddress) as error:
            raise BadProof(f"{type(error).__name__} {error}") from None
        if again != packed:
            raise BadProof("it is not written in the form of a proof")
        return proof


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof and the chain establish together."""

    quote: dict[str, Any]
    verdict: str
    """ACCEPTED, or the reason why the screen refused it."""
    place: int
    count: int
    """Quotes that were looked at."""
    as_of: int
    """Instant of the determination, unix seconds; the slot, unless quotes were replayed."""
    statement: "Statement"
    recorded: int
    """The value of the round, 8 decimals: the median of its statements. 0 where it set none."""


@dataclass(frozen=True, slots=True)
class Refuted:
    """The first thing in which proof and chain differ."""

    what: str
    proof: str
    chain: str

    @property
    def sentence(self) -> str:
        """The difference in words."""
        return f"{self.what}: the proof says {self.proof}, the chain {self.chain}"


def prove(evidence: Evidence, statement: "Statement", domain: Domain, place: int) -> Proof:
    """The proof for the quote at a place of the evidence behind a statement."""
    leaves = [merkle.leaf(line) for line in evidence.quotes]
    links = merkle.EMPTY
    for line in evidence.links:
        links = merkle.step(links, line)
    return Proof(
        domain=domain,
        slot=statement.observation.slot,
        position=statement.position,
        reporter=statement.reporter,
        header=evidence.header,
        links=links,
        anchor=merkle.tree(map(merkle.leaf, evidence.anchor)),
        place=place,
        line=evidence.quotes[place],
        path=merkle.path(leaves, place),
    )


def examine(proof: Proof, submission: "Submission", domain: Domain) -> Proven | Refuted:
    """What a proof establishes, given a round as the chain has it (oracle.submission checked its
    signatures and medians) and where that chain's index is. Raises BadProof.
    """
    if proof.domain != domain:
        return Refuted("index", _where(proof.domain), _where(domain))
    if proof.slot != submission.slot:
        return Refuted("slot", str(proof.slot), str(submission.slot))
    statement = next((s for s in submission.statements if s.position == proof.position), None)
    if statement is None:
        among = [s.position for s in submission.statements]
        return Refuted("position", str(proof.position), f"only {among}")
    if proof.reporter != statement.reporter:
        return Refuted("reporter", proof.reporter, statement.reporter)
    stated = statement.observation
    if proof.root != stated.evidence_root:
        root = "0x" + proof.root.hex()
        return Refuted("evidence root", root, "0x" + stated.evidence_root.hex())
    # From here on the reporter itself signed what is wrong: its header disowns its observation.
    try:
        header, line = read_json(proof.header), read_json(proof.line)
        as_of, value = int(header["as_of"]), header["value"]
        method = "0x" + stated.method_hash.hex()
        if header["method_hash"] != method:
            return Refuted("method", str(header["method_hash"]), method)
        if as_of != stated.slot and not stated.flags & REPLAYED:
            return Refuted("instant", str(as_of), f"slot {stated.slot}, and not replayed")
        if value.get("value8") != str(stated.values[0]):
            return Refuted("reporter's value", str(value), str(stated.values[0]))
        return Proven(
            quote=dict(line["quote"]),
            verdict=str(line["verdict"]),
            place=proof.place,
            count=int(header["counts"]["quotes"]),
            as_of=as_of,
            statement=statement,
            recorded=submission.values[0],
        )
    except (ValueError, KeyError, TypeError, AttributeError, FloatRefused) as error:
        raise BadProof(f"{type(error).__name__} {error}") from None


def _word(text: str) -> bytes:
    raw = bytes.fromhex(text.removeprefix("0x"))
    if len(raw) != 32:
        raise ValueError(f"{len(raw)} bytes are not a hash")
    return raw


def _where(domain: Domain) -> str:
    return f"{domain.contract} on chain {domain.chain_id}"
