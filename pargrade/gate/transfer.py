"""Transfers between chains: amounts, routes, and the digest attesters sign."""

from dataclasses import dataclass
from typing import Final, Self

from pargrade.chain.abi import AddressWord, Uint, join
from pargrade.chain.hashing import Address, keccak
from pargrade.chain.typed_data import WORD, Domain, TypedData
from pargrade.errors import PargradeError

MOST_STEPS: Final = 2**96 - 1

_DOMAIN_NAME: Final = "Pargrade BridgeGate"
_TRANSFER_TYPE: Final = keccak(
    b"Transfer(bytes32 route,uint64 nonce,address sender,address recipient,uint104 amount,"
    b"uint32 epoch)"
)
_TRANSFER_FIELDS: Final = (
    *(("route", "bytes32"), ("nonce", "uint64"), ("sender", "address")),
    *(("recipient", "address"), ("amount", "uint104"), ("epoch", "uint32")),
)
_TRANSFER: Final = (
    *(WORD, WORD, Uint(64), AddressWord()),
    *(AddressWord(), Uint(104), Uint(32)),
)
_END: Final = (Uint(64), AddressWord(), AddressWord(), Uint(8))


class DecimalsMismatch(PargradeError):
    """Two amounts, or an amount and a token, with decimals that do not fit."""

    hint = "Convert through base units of the token; an amount has the fewer decimals of both ends."

    def __init__(self, left: int, right: int) -> None:
        self.left = left
        self.right = right
        super().__init__(f"cannot combine {left} with {right} decimals")


class AmountTooLarge(PargradeError):
    """An amount of more steps than fit in 96 bits."""

    hint = "Send it in several transfers."

    def __init__(self, value: int) -> None:
        self.value = value
        super().__init__(f"{value} steps are more than an amount can carry")


class AmountTooSmall(PargradeError):
    """A subtraction of more than the amount."""

    hint = "Take away at most what is there."

    def __init__(self, left: int, right: int) -> None:
        self.left = left
        self.right = right
        super().__init__(f"cannot take {right} steps from {left}")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of steps that both ends can represent, with its decimals."""

    value: int
    decimals: int

    def __post_init__(self) -> None:
        if self.value > MOST_STEPS:
            raise AmountTooLarge(self.value)

    @classmethod
    def from_base(cls, base: int, token_decimals: int, decimals: int) -> Self:
        """The whole steps in `base` units, rounded down; the rest stays with its owner."""
        return cls(base // _step(token_decimals, decimals), decimals)

    @classmethod
    def unpack(cls, packed: int) -> Self:
        """The amount of a packed word: value u96, decimals u8."""
        return cls(packed >> 8, packed & 0xFF)

    def pack(self) -> int:
        """The amount as a packed word."""
        return self.value << 8 | self.decimals

    def to_base(self, token_decimals: int) -> int:
        """The amount in base units of a token, exact. Raises DecimalsMismatch."""
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
    """A way between two chains: tokens are locked at home and represented at the remote end."""

    home: End
    remote: End

    @property
    def id(self) -> bytes:
        """The hash of both ends: 32 bytes, the same on both chains."""
        ends = ((e.chain, e.gate, e.token, e.decimals) for e in (self.home, self.remote))
        return keccak(b"".join(join(_END, end) for end in ends))

    @property
    def decimals(self) -> int:
        """Decimals of amounts on this route: the smaller of both tokens' decimals."""
        return min(self.home.decimals, self.remote.decimals)


@dataclass(frozen=True, slots=True)
class Crossing:
    """One transfer that has left its source gate."""

    route: bytes
    nonce: int
    sender: Address
    recipient: Address
    amount: Amount

    def typed_data(self, destination: End, epoch: int) -> TypedData:
        """What attesters of an epoch sign for this destination, as a signer takes it."""
        message = {
            "route": "0x" + self.route.hex(),
            "nonce": str(self.nonce),
            "sender": self.sender,
            "recipient": self.recipient,
            "amount": str(self.amount.pack()),
            "epoch": str(epoch),
        }
        domain = gate_domain(destination.chain, destination.gate)
        digest = self.digest(destination, epoch)
        return TypedData(domain, "Transfer", _TRANSFER_FIELDS, message, digest)

    def digest(self, destination: End, epoch: int) -> bytes:
        """The EIP-712 digest that attesters of an epoch sign for this destination: 32 bytes."""
        parties = (self.sender, self.recipient)
        struct = (_TRANSFER_TYPE, self.route, self.nonce, *parties, self.amount.pack(), epoch)
        return gate_domain(destination.chain, destination.gate).digest(
            keccak(join(_TRANSFER, struct))
        )


def gate_domain(chain_id: int, gate: Address) -> Domain:
    """The EIP-712 domain of a gate that transfers arrive at."""
    return Domain(_DOMAIN_NAME, chain_id, gate)


def _step(token_decimals: int, decimals: int) -> int:
    """Base units in one step."""
    if token_decimals < decimals:
        raise DecimalsMismatch(token_decimals, decimals)
    return int(10 ** (token_decimals - decimals))
