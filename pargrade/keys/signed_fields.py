"""Whether signed bytes are the transaction that was asked for, of the key that was asked."""

from typing import Any, Final

from pargrade.chain.hashing import Address, parse_address

_NUMBERS: Final = ("chainId", "nonce", "gas", "value", "maxFeePerGas", "maxPriorityFeePerGas")


def is_signed_by(raw: bytes, fields: dict[str, Any], address: Address) -> bool:
    """Compares every field of an EIP-1559 transaction; False for bytes that are none."""
    from eth_account import Account
    from eth_account.typed_transactions.typed_transaction import TypedTransaction
    from hexbytes import HexBytes

    try:
        found = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        signer = parse_address(Account.recover_transaction(raw))
    except Exception:  # noqa: BLE001
        # The library raises whatever the bytes make it raise.
        return False
    same = all(_number(found.get(name)) == _number(fields.get(name)) for name in _NUMBERS)
    same = same and _raw(found.get("to")) == _raw(fields.get("to"))
    same = same and _raw(found.get("data")) == _raw(fields.get("data"))
    return same and signer == address


def stated(value: Any) -> Any:
    """A field as JSON has it."""
    return "0x" + value.hex() if isinstance(value, bytes) else value


def _number(value: Any) -> int:
    return int(value, 16) if isinstance(value, str) else int(value or 0)


def _raw(value: Any) -> bytes:
    if isinstance(value, str):
        return bytes.fromhex(value.removeprefix("0x"))
    return bytes(value or b"")
