"""Whether a contract says that a signature is its own (ERC-1271), as the exchange asks it."""

from typing import Final

from pargrade.chain.abi import Bytes, FixedBytes
from pargrade.chain.block import At
from pargrade.chain.call import Call, Function
from pargrade.chain.errors import ChainError, RpcDown, UnknownBlock
from pargrade.chain.hashing import address_of, keccak
from pargrade.chain.rpc import Chain

_AGREED: Final = bytes.fromhex("1626ba7e").ljust(32, b"\0")
_RESULT: Final = FixedBytes(32)
_VALID: Final = Function(
    "isValidSignature",
    keccak(b"isValidSignature(bytes32,bytes)")[:4],
    (FixedBytes(32), Bytes()),
    _RESULT,
)
MOST_SIGNATURE_GAS: Final = 150_000
"""`FuturesExchange.SIGNATURE_GAS`: a contract that needs more would be passed over on the chain."""
_TRANSACTION_GAS: Final = 21_000
_GAS_OF_ZERO, _GAS_OF_BYTE = 4, 16
"""Of the bytes of a transaction's data (Yellow Paper, appendix G; EIP-2028)."""


def is_contract_signature(
    chain: Chain, maker: bytes, digest: bytes, signature: bytes, block: At
) -> bool:
    """Asks the maker's contract in the state `block`. False where there is none.

    Raises RpcDown, and UnknownBlock where a re-org took the block: neither says anything of it.
    """
    data = _VALID.encode(digest, signature)
    zeros = data.count(0)
    own_gas = _TRANSACTION_GAS + _GAS_OF_ZERO * zeros + _GAS_OF_BYTE * (len(data) - zeros)
    call = Call(address_of(maker), data, "isValidSignature", _RESULT, {})
    try:
        return chain.call(call, block=block, gas=own_gas + MOST_SIGNATURE_GAS) == _AGREED
    except (RpcDown, UnknownBlock):
        raise
    except ChainError:
        return False
