"""Observations: one reporter's values for one slot, and their signature."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pargrade.chain.abi import Sequence as Array
from pargrade.chain.abi import Text, Uint, join
from pargrade.chain.hashing import Address, keccak
from pargrade.chain.keys import Key, Signature, recover
from pargrade.chain.typed_data import WORD, Domain, TypedData
from pargrade.errors import PargradeError
from pargrade.text import printable

MOST_INDICES: Final = 16
"""Values that an observation may have: SpotIndex.MOST_INDICES."""

REPLAYED: Final = 1
"""Flag bit 0: the values come from recorded quotes, replayed at their own times."""

_DOMAIN_NAME: Final = "Pargrade SpotIndex"

_OBSERVATION_TYPE: Final = keccak(
    b"Observation(bytes32 indexSet,uint32 epoch,uint40 slot,uint16 flags,uint64[] values,"
    b"uint256 present,bytes32 methodHash,bytes32 evidenceRoot)"
)

TYPED_FIELDS: Final = (
    ("indexSet", "bytes32"),
    ("epoch", "uint32"),
    ("slot", "uint40"),
    ("flags", "uint16"),
    ("values", "uint64[]"),
    ("present", "uint256"),
    ("methodHash", "bytes32"),
    ("evidenceRoot", "bytes32"),
)
"""Name and Solidity type of each field of an observation, in order."""

_NAMES: Final = Array(Text())
_STRUCT: Final = (
    *(WORD, WORD, Uint(32), Uint(40), Uint(16)),
    *(WORD, Uint(256), WORD, WORD),
)

_HEX: Final = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_MOST_DIGITS: Final = 78
"""Of 2^256 - 1."""
_MOST_SHOWN: Final = 80
"""Characters of a stated value in an error."""


class BadObservation(PargradeError):
    """A field that does not fit the signed type."""

    hint = "Values are 8-decimal integers below 2**64; an absent value is None, never zero."

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(f"observation {field}: {reason}")


@dataclass(frozen=True, slots=True)
class Observation:
    """One reporter's values for one slot. Raises BadObservation if a field does not fit."""

    index_set: bytes
    """keccak256 of the ABI-encoded index names."""
    epoch: int
    slot: int
    """Unix seconds, on the grid."""
    flags: int
    """The same in every observation of a round; see REPLAYED."""
    values: tuple[int, ...]
    """USD per SCU with 8 decimals, one per index; 0 where there is none."""
    method_hash: bytes
    evidence_root: bytes

    def __post_init__(self) -> None:
        for field in ("index_set", "method_hash", "evidence_root"):
            if len(getattr(self, field)) != 32:
                raise BadObservation(field, f"{len(getattr(self, field))} bytes, not 32")
        # The signed type has 16 bits of flags, a report and a round carry 8 of them.
        for field, bits in (("epoch", 32), ("slot", 40), ("flags", 8)):
            if not 0 <= getattr(self, field) < 1 << bits:
                raise BadObservation(field, f"{getattr(self, field)} does not fit {bits} bits")
        for value in self.values:
            if not 0 <= value < 1 << 64:
                raise BadObservation("values", f"{value} does not fit 64 bits")

    @property
    def present(self) -> int:
        """Bit i is set if index i has a value. Zero is never a value."""
        return sum(1 << index for index, value in enumerate(self.values) if value)

    def digest(self, domain: Domain) -> bytes:
        """The EIP-712 digest that the reporter signs: 32 bytes."""
        words = (
            _OBSERVATION_TYPE,
            self.index_set,
            self.epoch,
            self.slot,
            self.flags,
            keccak(b"".join(value.to_bytes(32) for value in self.values)),
            self.present,
            self.method_hash,
            self.evidence_root,
        )
        return domain.digest(keccak(join(_STRUCT, words)))

    def typed_data(self, domain: Domain) -> TypedData:
        """The observation as a signer in another process takes it."""
        message = {
            "indexSet": "0x" + self.index_set.hex(),
            "epoch": self.epoch,
            "slot": self.slot,
            "flags": self.flags,
            "values": [str(value) for value in self.values],
            "present": str(self.present),
            "methodHash": "0x" + self.method_hash.hex(),
            "evidenceRoot": "0x" + self.evidence_root.hex(),
        }
        return TypedData(domain, "Observation", TYPED_FIELDS, message, self.digest(domain))

    def to_json(self) -> dict[str, Any]:
        """The observation as JSON values."""
        return {
            "index_set": "0x" + self.index_set.hex(),
            "epoch": self.epoch,
            "slot": self.slot,
            "flags": self.flags,
            "values": [str(value) for value in self.values],
            "present": str(self.present),
            "method_hash": "0x" + self.method_hash.hex(),
            "evidence_root": "0x" + self.evidence_root.hex(),
        }

    @classmethod
    def from_json(cls, stated: Any) -> "Observation":
        """The observation of its JSON values. Raises BadObservation for any other shape.

        Counts are JSON integers, values decimal text, hashes hexadecimal text with 0x. A further
        field is refused: it would not be signed.
        """
        fields = _read_fields("observation", stated, _OBSERVATION_FIELDS)
        observation = cls(
            index_set=_read_hex("index_set", fields["index_set"]),
            epoch=_read_integer("epoch", fields["epoch"]),
            slot=_read_integer("slot", fields["slot"]),
            flags=_read_integer("flags", fields["flags"]),
            values=_read_values(fields["values"]),
            method_hash=_read_hex("method_hash", fields["method_hash"]),
            evidence_root=_read_hex("evidence_root", fields["evidence_root"]),
        )
        present = _read_decimal("present", fields["present"])
        if present != observation.present:
            raise BadObservation("present", f"{present} does not fit the values")
        return observation


@dataclass(frozen=True, slots=True)
class SignedObservation:
    """An observation with a reporter's signature over it."""

    observation: Observation
    signature: Signature

    def reporter(self, domain: Domain) -> Address:
        """The address that signed it for that chain and contract. Raises BadSignature."""
        return recover(self.observation.digest(domain), self.signature)

    def to_json(self) -> dict[str, Any]:
        """Observation and compact signature as JSON values."""
        return {
            "observation": self.observation.to_json(),
            "signature": "0x" + self.signature.compact.hex(),
        }

    @classmethod
    def from_json(cls, stated: Any) -> "SignedObservation":
        """The signed observation of its JSON values; the signer is not checked.

        Raises BadObservation, BadSignature.
        """
        fields = _read_fields("form", stated, _SIGNED_FIELDS)
        observation = Observation.from_json(fields["observation"])
        return cls(observation, Signature.of_compact(_read_hex("signature", fields["signature"])))


def index_domain(chain_id: int, spot_index: Address) -> Domain:
    """The EIP-712 domain of observations for one chain and contract."""
    return Domain(_DOMAIN_NAME, chain_id, spot_index)


def sign(observation: Observation, domain: Domain, key: Key) -> SignedObservation:
    """Sign for one chain and contract. The signature is deterministic."""
    return SignedObservation(observation, key.sign(observation.digest(domain)))


def index_set_of(names: Sequence[str]) -> bytes:
    """The index set of SpotIndex: keccak256(abi.encode(names)), 32 bytes."""
    return keccak(join((_NAMES,), (tuple(names),)))


_OBSERVATION_FIELDS: Final = frozenset(
    ("index_set", "epoch", "slot", "flags", "values", "present", "method_hash", "evidence_root")
)
_SIGNED_FIELDS: Final = frozenset(("observation", "signature"))


def _read_fields(where: str, stated: Any, names: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(stated, dict):
        raise BadObservation(where, f"{_shown(stated)} is no object")
    if stated.keys() != names:
        strange = ", ".join(sorted(map(_shown, stated.keys() ^ names)))
        raise BadObservation(where, f"missing or unknown: {printable(strange, 2 * _MOST_SHOWN)}")
    return stated


def _read_integer(field: str, stated: Any) -> int:
    # A bool is an int in Python, and 1e999 is a float.
    if type(stated) is not int or not 0 <= stated < 1 << 64:
        raise BadObservation(field, f"{_shown(stated)} is no integer below 2**64")
    return stated


def _read_decimal(field: str, stated: Any) -> int:
    fits = isinstance(stated, str) and len(stated) <= _MOST_DIGITS and _DECIMAL.fullmatch(stated)
    if not fits:
        raise BadObservation(field, f"{_shown(stated)} is no decimal text")
    return int(stated)


def _read_values(stated: Any) -> tuple[int, ...]:
    if not isinstance(stated, list) or len(stated) > MOST_INDICES:
        raise BadObservation("values", f"{_shown(stated)} is no list of at most {MOST_INDICES}")
    return tuple(_read_decimal("values", value) for value in stated)


def _read_hex(field: str, stated: Any) -> bytes:
    if not isinstance(stated, str) or not _HEX.fullmatch(stated):
        raise BadObservation(field, f"{_shown(stated)} is no hexadecimal text")
    return bytes.fromhex(stated[2:])


def _shown(stated: Any) -> str:
    """The beginning of what came, for people."""
    kind = type(stated).__name__
    shown = ascii(stated) if isinstance(stated, str | float | bool) or stated is None else kind
    return printable(shown, _MOST_SHOWN)
