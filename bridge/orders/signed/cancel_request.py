"""A maker's signed request that the relay matches a lane's orders up to a nonce no more.

It binds this relay alone. What binds everyone is `cancel` on the exchange, for an order whose
signature has been seen can be filled by whoever its matcher allows.
"""

import struct
from dataclasses import dataclass
from typing import Final, Self

from bridge.orders.signed.json_form import read_account, read_signature, read_uint
from bridge.orders.signed.refusals import BadForm
from pargrade.chain.hashing import Address, keccak
from pargrade.chain.typed_data import Domain

_TYPE: Final = keccak(b"Cancel(address maker,uint64 lane,uint64 nonce,uint64 deadline)")
_WORDS: Final = struct.Struct(">32s12x20s24xQ24xQ24xQ").pack
_FIELDS: Final = frozenset({"maker", "lane", "nonce", "deadline", "signature"})


def relay_domain(chain_id: int, exchange: Address) -> Domain:
    """For whom requests and receipts are signed: the relay of one exchange."""
    return Domain("Pargrade Relay", chain_id, exchange)


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """Which orders of a maker shall no longer be matched."""

    maker: bytes
    lane: int
    nonce: int
    """Orders of the lane up to this nonce."""
    deadline: int
    """Unix seconds until which the request counts."""
    signature: bytes

    @property
    def hash(self) -> bytes:
        """EIP-712 hash of the struct."""
        return keccak(_WORDS(_TYPE, self.maker, self.lane, self.nonce, self.deadline))

    @classmethod
    def from_json(cls, raw: object) -> Self:
        """The request as a maker sends it. Raises BadForm, FieldOverflow."""
        if not isinstance(raw, dict) or raw.keys() != _FIELDS:
            raise BadForm("the request", f"an object of {', '.join(sorted(_FIELDS))}")
        lane, nonce, deadline = (
            read_uint(raw[name], 64, name) for name in ("lane", "nonce", "deadline")
        )
        signature = read_signature(raw["signature"])
        return cls(read_account(raw["maker"], "maker"), lane, nonce, deadline, signature)
