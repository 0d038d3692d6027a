"""EIP-712: what a signature is over, for one contract on one chain."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pargrade.chain.abi import AddressWord, FixedBytes, Uint, join
from pargrade.chain.hashing import Address, keccak

WORD: Final = FixedBytes(32)
"""Layout of a hash inside a struct."""

_DOMAIN_TYPE: Final = keccak(
    b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_DOMAIN: Final = (WORD, WORD, WORD, Uint(256), AddressWord())


@dataclass(frozen=True, slots=True)
class Domain:
    """The one contract on the one chain that a signature counts for."""

    name: str
    """Of the contract, as its constructor gives it to EIP-712."""
    chain_id: int
    contract: Address
    version: str = "1"

    def separator(self) -> bytes:
        """EIP-712 domain separator: 32 bytes."""
        return _separator(self)

    def digest(self, struct_hash: bytes) -> bytes:
        """What is signed for a struct with this hash: 32 bytes."""
        return keccak(b"\x19\x01" + self.separator() + struct_hash)


@lru_cache(maxsize=64)
def _separator(domain: Domain) -> bytes:
    names = (keccak(domain.name.encode()), keccak(domain.version.encode()))
    return keccak(join(_DOMAIN, (_DOMAIN_TYPE, *names, domain.chain_id, domain.contract)))


@dataclass(frozen=True, slots=True)
class TypedData:
    """A struct to be signed, with what a wallet or a signer needs to hash it by itself."""

    domain: Domain
    primary_type: str
    fields: tuple[tuple[str, str], ...]
    """Name and Solidity type, in order."""
    message: dict[str, Any]
    digest: bytes
    """EIP-712 digest: 32 bytes."""

    def to_json(self) -> dict[str, Any]:
        """As `eth_signTypedData_v4` takes it; numbers are decimal text."""
        domain = {
            "name": self.domain.name,
            "version": self.domain.version,
            "chainId": self.domain.chain_id,
            "verifyingContract": self.domain.contract,
        }
        return {
            "types": {
                "EIP712Domain": _typed(_DOMAIN_FIELDS),
                self.primary_type: _typed(self.fields),
            },
            "primaryType": self.primary_type,
            "domain": domain,
            "message": self.message,
        }


_DOMAIN_FIELDS: Final = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)


def _typed(fields: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in fields]
