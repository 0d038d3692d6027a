"""Whether a contract says that a signature is its own (ERC-1271)."""

from typing import Final

from pargrade.chain.abi import Bytes, FixedBytes
from pargrade.chain.block import At
from pargrade.chain.call import Call, Function
from pargrade.chain.errors import ChainError, Reverted, RpcDown
from pargrade.chain.hashing import address_of, keccak
from pargrade.chain.rpc import Chain

_MAGIC: Final = bytes.fromhex("1626ba7e")
_RESULT: Final = FixedBytes(32)
_VALID: Final = Function(
    "isValidSignature",
    keccak(b"isValidSignature(bytes32,bytes)")[:4],
    (FixedBytes(32), Bytes()),
    _RESULT,
)


def is_contract_signature(
    chain: Chain, maker: bytes, digest: bytes, signature: bytes, block: At
) -> bool:
    """Asks the maker's contract in the state `block`. False where there is none. Raises RpcDown."""
    address = address_of(maker)
    call = Call(address, _VALID.encode(digest, signature), "isValidSignature", _RESULT, {})
    try:
        return chain.call(call, block=block)[:4] == _MAGIC
    except RpcDown:
        raise
    except (Reverted, ChainError):
        return False
