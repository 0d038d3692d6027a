"""Orders from JSON, strictly: every field once, of its type and within its bits."""

from collections.abc import Mapping
from typing import Any, Final

from bridge.orders.signed.order import SignedOrder, SignedRoll
from bridge.orders.signed.refusals import BadForm, FieldOverflow
from bridge.orders.signed.signature import MOST_SIGNATURE_BYTES
from pargrade.chain.hashing import BadAddress, parse_address

_BITS: Final = {
    "series": 256,
    "side": 8,
    "grade": 8,
    "legs": 8,
    "price": 64,
    "lots": 64,
    "epoch": 64,
    "lane": 64,
    "nonce": 64,
    "expiry": 40,
}
_ADDRESSES: Final = ("maker", "taker", "matcher")
_FIELDS: Final = frozenset((*_BITS, *_ADDRESSES))
_MOST_DIGITS: Final = 78
"""Of 2^256 - 1."""


def read_order(raw: object, signature: object, place: str = "order") -> SignedOrder:
    """An order and its maker's signature in hexadecimal. Raises BadForm, FieldOverflow."""
    return _read_fields(raw, read_signature(signature), place)


def read_roll(raw: object, signature: object, place: str = "roll") -> SignedRoll:
    """Two orders under one signature. Raises BadForm, FieldOverflow."""
    if not isinstance(raw, Mapping) or set(raw) != {"near", "far"}:
        raise BadForm(place, "an object of near and far")
    near, far = (_read_fields(raw[half], b"", f"{place}.{half}") for half in ("near", "far"))
    return SignedRoll(near, far, read_signature(signature))


def read_signature(value: object) -> bytes:
    """Bytes of a signature in hexadecimal, 0x first. Raises BadForm."""
    if isinstance(value, str) and value[:2] == "0x" and len(value) <= 2 + 2 * MOST_SIGNATURE_BYTES:
        try:
            return bytes.fromhex(value[2:])
        except ValueError:
            pass
    raise BadForm("signature", f"0x and at most {MOST_SIGNATURE_BYTES} bytes in hexadecimal")


def read_uint(value: object, bits: int, place: str) -> int:
    """A JSON number or decimal text, within its bits. Raises BadForm, FieldOverflow."""
    if type(value) is int:
        number = value
    elif type(value) is str and value.isascii() and value.isdigit():
        if len(value) > _MOST_DIGITS:
            raise FieldOverflow(place, bits)
        number = int(value)
    else:
        raise BadForm(place, "an unsigned integer")
    if number < 0 or number >> bits:
        raise FieldOverflow(place, bits)
    return number


def read_account(value: object, place: str) -> bytes:
    """20 bytes of an address. Raises BadForm."""
    if not isinstance(value, str) or len(value) != 42 or value[:2] != "0x":
        raise BadForm(place, "an address")
    digits = value[2:]
    try:
        raw = bytes.fromhex(digits)
        # An address in one letter case has no checksum to look at.
        if digits != digits.lower():
            parse_address(value)
    except (ValueError, BadAddress):
        raise BadForm(place, "an address") from None
    if len(raw) != 20:
        raise BadForm(place, "an address")
    return raw


def _read_fields(raw: object, signature: bytes, place: str) -> SignedOrder:
    if not isinstance(raw, Mapping):
        raise BadForm(place, "an object")
    if raw.keys() != _FIELDS:
        odd = sorted(map(str, raw.keys() ^ _FIELDS))[0]
        raise BadForm(f"{place}.{odd[:40]}", "a field that is there once and known")
    numbers = {name: read_uint(raw[name], bits, f"{place}.{name}") for name, bits in _BITS.items()}
    accounts = {name: read_account(raw[name], f"{place}.{name}") for name in _ADDRESSES}
    if numbers["side"] > 1:
        raise BadForm(f"{place}.side", "0 for BUY or 1 for SELL")
    fields: dict[str, Any] = {**numbers, **accounts}
    return SignedOrder(**fields, signature=signature)
