"""An EIP-1559 transaction and its bytes."""

from dataclasses import dataclass

from pargrade.chain.fees import Fees
from pargrade.chain.hashing import Address, keccak
from pargrade.chain.keys import Key

_TYPE = b"\x02"


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction before it is signed. `to` is None for the creation of a contract."""

    chain_id: int
    nonce: int
    fees: Fees
    gas: int
    to: Address | None
    value: int
    data: bytes

    def sign(self, key: Key) -> bytes:
        """The bytes to send; their keccak256 is the transaction's hash."""
        body = (
            self.chain_id,
            self.nonce,
            self.fees.tip,
            self.fees.max_fee,
            self.gas,
            b"" if self.to is None else bytes.fromhex(self.to[2:]),
            self.value,
            self.data,
            (),
        )
        signature = key.sign(keccak(_TYPE + rlp(body)))
        return _TYPE + rlp((*body, signature.y_parity, signature.r, signature.s))


Item = bytes | int | tuple["Item", ...]


def rlp(item: Item) -> bytes:
    """Recursive length prefix; integers are big-endian without leading zeros.

    Source: Ethereum Yellow Paper, appendix B.
    """
    if isinstance(item, tuple):
        return _prefixed(b"".join(rlp(part) for part in item), 0xC0)
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8)
    if len(item) == 1 and item[0] < 0x80:
        return item
    return _prefixed(item, 0x80)


def _prefixed(body: bytes, offset: int) -> bytes:
    if len(body) < 56:
        return bytes([offset + len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8)
    return bytes([offset + 55 + len(length)]) + length + body
