"""Which transaction of an account took a nonce: a search through the blocks behind the head."""

from typing import Any, Final

from pargrade.chain.answers import (
    read_address,
    read_field,
    read_hash,
    read_list,
    read_object,
    read_quantity,
)
from pargrade.chain.errors import ChainError
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain

_FARTHEST: Final = 4_096
"""Blocks looked back at most: endpoints keep the state of few blocks."""


def find_transaction_by_nonce(
    chain: Chain, account: Address, nonce: int, last: int
) -> bytes | None:
    """Hash of the account's transaction with this nonce, mined in block `last` or before.

    None where it is not found, or where the endpoint no longer has the state to look for it.
    """
    try:
        block = _find_block(chain, account, nonce, last)
        return None if block is None else _find_in_block(chain, account, nonce, block)
    except ChainError:
        return None


def _find_block(chain: Chain, account: Address, nonce: int, last: int) -> int | None:
    def has_used(block: int) -> bool:
        return chain.nonce(account, block=block) > nonce

    high, step = last, 1
    low = max(last - step, 0)
    while low > 0 and has_used(low):
        high, step = low, step * 2
        low = max(last - step, 0)
        if step > _FARTHEST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if has_used(middle):
            high = middle
        else:
            low = middle
    return high


def _find_in_block(chain: Chain, account: Address, nonce: int, block: int) -> bytes | None:
    def decode(raw: Any) -> bytes | None:
        transactions = read_field(read_object(raw), "transactions", _read_objects)
        for fields in transactions:
            sender = read_field(fields, "from", read_address)
            if sender == account and read_field(fields, "nonce", read_quantity) == nonce:
                return read_field(fields, "hash", read_hash)
        return None

    return chain.ask("eth_getBlockByNumber", (hex(block), True), decode)


def _read_objects(raw: Any) -> list[Any]:
    return read_list(raw, read_object)
