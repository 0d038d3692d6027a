"""JSON values of answers as Python values, each against its type. All raise Malformed."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

from pargrade.chain.endpoint.errors import Malformed
from pargrade.chain.hashing import Address, address_of

T = TypeVar("T")
Decoder = Callable[[Any], T]

_is_quantity: Final = re.compile("0x[0-9a-fA-F]{1,64}").fullmatch
_from_hex: Final = bytes.fromhex
"""Takes a text alone, so what is no text, or has no slices, is a TypeError or a KeyError."""
_MISSING: Final = object()


def read_quantity(raw: Any) -> int:
    """An unsigned integer of at most 256 bits."""
    try:
        value = int(raw, 16)
    except (TypeError, ValueError):
        raise Malformed("a quantity", raw) from None
    # The usual spelling is compared in half the time; int takes signs, blanks and more of them.
    if value >> 256 or (hex(value) != raw and not _is_quantity(str(raw))):
        raise Malformed("a quantity", raw)
    return value


def read_data(raw: Any) -> bytes:
    """Bytes of any length."""
    try:
        data = _from_hex(raw[2:])
        # Blanks, which fromhex skips, make it shorter.
        if len(data) * 2 + 2 == len(raw) and raw[:2] == "0x":
            return data
    except (TypeError, ValueError, KeyError):
        pass
    raise Malformed("bytes in hexadecimal", raw)


def read_hash(raw: Any) -> bytes:
    """32 bytes."""
    try:
        data = _from_hex(raw[2:])
        if len(data) == 32 and len(raw) == 66 and raw[:2] == "0x":
            return data
    except (TypeError, ValueError, KeyError):
        pass
    raise Malformed("a hash", raw)


def read_address(raw: Any) -> Address:
    """20 bytes. Their mixed case is not looked at: it is no part of JSON-RPC."""
    if not isinstance(raw, str) or len(raw) != 42:
        raise Malformed("an address", raw)
    return _address(raw)


@lru_cache(maxsize=65_536)
def _address(text: str) -> Address:
    return address_of(read_data(text))


def read_object(raw: Any) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(raw, dict):
        raise Malformed("an object", raw)
    return raw


def read_list(raw: Any, item: Decoder[T]) -> list[T]:
    """A JSON array of items of one type."""
    if not isinstance(raw, list):
        raise Malformed("a list", raw)
    return [item(entry) for entry in raw]


def read_field(fields: dict[str, Any], name: str, decoder: Decoder[T]) -> T:
    """A field that has to be there."""
    value = fields.get(name, _MISSING)
    if value is _MISSING:
        raise Malformed(f"an object with {name}", fields)
    return decoder(value)


def read_optional(raw: Any, decoder: Decoder[T]) -> T | None:
    """A value, or None for null."""
    return None if raw is None else decoder(raw)


def read_anything(raw: Any) -> Any:
    """The value as it came, for methods whose caller looks at it."""
    return raw
