"""An EIP-1559 transaction and its bytes."""

from dataclasses import dataclass
from typing import Final

from pargrade.chain.fees import Fees
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Signer

MOST_GAS: Final = 2**24
"""Gas limit of the dearest transaction a block may hold (EIP-7825)."""


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

    def sign(self, key: Signer) -> bytes:
        """The bytes to send; their keccak256 is the transaction's hash."""
        fields = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": self.nonce,
            "maxPriorityFeePerGas": self.fees.tip,
            "maxFeePerGas": self.fees.max_fee,
            "gas": self.gas,
            "value": self.value,
            "data": self.data,
        }
        return key.sign_transaction(fields if self.to is None else {**fields, "to": self.to})
