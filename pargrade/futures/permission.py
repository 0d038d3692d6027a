"""What accounts allow by signature alone: cancellations, operators, and tokens (ERC-2612).

Each is a struct of EIP-712. The first is signed for FuturesExchange, the second for FuturesMarket,
the third for its token. Who brings them to the chain pays the gas and decides nothing else.
"""

from dataclasses import astuple, dataclass
from typing import Any, ClassVar, Final

from pargrade.chain.abi import AddressWord, Bool, Layout, Uint, join
from pargrade.chain.hashing import Address, keccak
from pargrade.chain.keys import Key
from pargrade.chain.typed_data import WORD, Domain

_MARKET_NAME: Final = "Pargrade FuturesMarket"
_WORDS: Final[dict[str, Layout[Any]]] = {"address": AddressWord(), "bool": Bool()}


def market_domain(chain_id: int, market: Address) -> Domain:
    """Whom an owner of positions signs for."""
    return Domain(_MARKET_NAME, chain_id, market)


@dataclass(frozen=True, slots=True)
class Permission:
    """A struct whose fields are words; those of the subclass, in the order of its type."""

    TYPE: ClassVar[str]

    def struct_hash(self) -> bytes:
        """EIP-712 hash of the struct, without the domain."""
        names = self.TYPE[self.TYPE.index("(") + 1 : -1].split(",")
        kinds = [name.split(" ")[0] for name in names]
        words: tuple[Layout[Any], ...] = tuple(
            _WORDS.get(kind) or Uint(int(kind[4:])) for kind in kinds
        )
        values: tuple[Any, ...] = astuple(self)
        return keccak(join((WORD, *words), (keccak(self.TYPE.encode()), *values)))

    def digest(self, domain: Domain) -> bytes:
        """What is signed: 32 bytes."""
        return domain.digest(self.struct_hash())

    def sign(self, domain: Domain, key: Key) -> bytes:
        """The signature, 64 bytes of EIP-2098. Deterministic."""
        return key.sign(self.digest(domain)).compact


@dataclass(frozen=True, slots=True)
class Cancellation(Permission):
    """Ends a maker's orders of a lane up to a nonce. Bringing it again changes nothing."""

    TYPE = "Cancellation(address maker,uint64 lane,uint64 nonce,uint256 deadline)"

    maker: Address
    lane: int
    nonce: int
    deadline: int
    """Unix seconds, the last at which it counts."""


@dataclass(frozen=True, slots=True)
class OperatorPermit(Permission):
    """Lets an operator act for an owner on the market, or no longer. Counts once."""

    TYPE = (
        "OperatorPermit(address owner,address operator,bool approved,uint256 nonce,"
        "uint256 deadline)"
    )

    owner: Address
    operator: Address
    approved: bool
    nonce: int
    """`nonces` of the owner at the market."""
    deadline: int
    """Unix seconds, the last at which it counts."""


@dataclass(frozen=True, slots=True)
class TokenPermit(Permission):
    """Lets a spender take up to a value of an owner's tokens (ERC-2612). Counts once."""

    TYPE = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"

    owner: Address
    spender: Address
    value: int
    """Base units."""
    nonce: int
    """`nonces` of the owner at the token."""
    deadline: int
    """Unix seconds, the last at which it counts."""
