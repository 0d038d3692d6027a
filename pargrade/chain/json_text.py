"""JSON from strangers, parsed without letting its nesting end this process.

A dependency of eth-account (py_ecc) raises Python's recursion limit to 100,000 when it is imported.
From then on `json.loads` of 100,000 brackets overflows the C stack and kills the process.
"""

import json
from typing import Any, Final

_BRACKETS: Final = b"[]{}"
_OTHERS: Final = bytes(byte for byte in range(256) if byte not in _BRACKETS)

_LEVELS: Final = 32
"""Nesting that is taken away before what is left is counted."""

_MOST_LEFT: Final = 100
"""Brackets that may be left."""


def parse_json(text: bytes | bytearray) -> Any:
    """The value of a JSON text. Raises ValueError for other texts, and for deep nesting."""
    # Few answers have so many brackets that they can be nested too deep at all.
    many = text.count(b"[") + text.count(b"{") > _MOST_LEFT
    if many and _is_deep(text):
        raise ValueError("nested too deep")
    return json.loads(text)


def _is_deep(text: bytes | bytearray) -> bool:
    unescaped = text.replace(rb"\\", b"").replace(rb"\"", b"")
    outside_strings = b"".join(unescaped.split(b'"')[::2])
    left = outside_strings.translate(None, _OTHERS)
    for _ in range(_LEVELS):
        if not left:
            return False
        left = left.replace(b"[]", b"").replace(b"{}", b"")
    return len(left) > _MOST_LEFT
