"""Transfers between chains as BridgeGate reads them: amounts, routes, and what attesters sign."""

from dataclasses import dataclass
from typing import Final, Self

from pargrade.chain.abi import AddressWord, Uint, join
from pargrade.chain.hashing import Address, keccak
from pargrade.chain.typed_data import WORD, Domain
from pargrade.errors import PargradeError

MOST_STEPS: Final = 2**96 - 1

_DOMAIN_NAME: Final = "Pargrade BridgeGate"
_TRANSFER_TYPE: Final = keccak(
    b"Transfer(bytes32 route,uint64 nonce,address sender,address recipient,uint104 amount,"
    b"uint32 epoch)"
)
_TRANSFER: Final = (
    *(WORD, WORD, Uint(64), AddressWord()),
    *(AddressWord(), Uint(104), Uint(32)),
)
_END: Final = (Uint(64), AddressWord(), AddressWord(), Uint(8))


class DecimalsMismatch(PargradeError):
    """Two amounts, or an amount and a token, whose decimals do not fit together."""

    hint = "Convert through base units of the token; an amount has the fewer decimals of both ends."

    def __init__(self, left: int, right: int) -> None:
        self.left = left
        self.right = right
        super().__init__(f"cannot combine {left} with {right} decimals")


class AmountTooLarge(PargradeError):
    """More steps than 96 bits count."""

    hint = "Send it in several transfers."

    def __init__(self, value: int) -> None:
        self.value = value
        super().__init__(f"{value} steps are more than an amount can carry")


class AmountTooSmall(PargradeError):
    """More taken away than there is."""

    hint = "Take away at most what is there."

    def __init__(self, left: int, right: int) -> None:
        self.left = left
        self.right = right
        super().__init__(f"cannot take {right} steps from {left}")


@dataclass(frozen=True, slots=True)
class Amount:
    """A count of steps that both ends can represent, and the decimals it is in."""

    value: int
    decimals: int

    def __post_init__(self) -> None:
        if self.value > MOST_STEPS:
            raise AmountTooLarge(self.value)

    @classmethod
    def from_base(cls, base: int, token_decimals: int, decimals: int) -> Self:
        """The most whole steps in `base` units: rounds down; what is left stays with its owner."""
        return cls(base // _step(token_decimals, decimals), decimals)

    @classmethod
    def unpack(cls, packed: int) -> Self:
        """The amount in a word of the chain: value u96, decimals u8."""
        return cls(packed >> 8, packed & 0xFF)

    def pack(self) -> int:
        """The word of the chain."""
        return self.value << 8 | self.decimals

    def to_base(self, token_decimals: int) -> int:
        """Base units of a token, exactly."""
        return self.value * _step(token_decimals, self.decimals)

    def __add__(self, other: Self) -> Self:
        self._require_same(other)
        return type(self)(self.value + other.value, self.decimals)

    def __sub__(self, other: Self) -> Self:
        self._require_same(other)
        if other.value > self.value:
            raise AmountTooSmall(self.value, other.value)
        return type(self)(self.value - other.value, self.decimals)

    def _require_same(self, other: Self) -> None:
        if self.decimals != other.decimals:
            raise DecimalsMismatch(self.decimals, other.decimals)


@dataclass(frozen=True, slots=True)
class End:
    """One end of a route."""

    chain: int
    gate: Address
    token: Address
    decimals: int


@dataclass(frozen=True, slots=True)
class Route:
    """Both ends of a way between chains: tokens are locked at home and represented remotely."""

    home: End
    remote: End

    @property
    def id(self) -> bytes:
        """The hash of all terms: 32 bytes, the same on both chains."""
        ends = ((e.chain, e.gate, e.token, e.decimals) for e in (self.home, self.remote))
        return keccak(b"".join(join(_END, end) for end in ends))

    @property
    def decimals(self) -> int:
        """Decimals of amounts that cross: the fewer of both tokens'."""
        return min(self.home.decimals, self.remote.decimals)


@dataclass(frozen=True, slots=True)
class Crossing:
    """One transfer that left its source gate."""

    route: bytes
    nonce: int
    sender: Address
    recipient: Address
    amount: Amount

    def digest(self, destination: End, epoch: int) -> bytes:
        """What attesters of an epoch sign for this transfer to arrive there: 32 bytes (EIP-712)."""
        parties = (self.sender, self.recipient)
        struct = (_TRANSFER_TYPE, self.route, self.nonce, *parties, self.amount.pack(), epoch)
        return gate_domain(destination.chain, destination.gate).digest(
            keccak(join(_TRANSFER, struct))
        )


def gate_domain(chain_id: int, gate: Address) -> Domain:
    """Whom attesters sign for: the gate a transfer arrives at."""
    return Domain(_DOMAIN_NAME, chain_id, gate)


def _step(token_decimals: int, decimals: int) -> int:
    """Base units in one step."""
    if token_decimals < decimals:
        raise DecimalsMismatch(token_decimals, decimals)
    return int(10 ** (token_decimals - decimals))
