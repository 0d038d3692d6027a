"""What a contract meant when it refused: every client's error object back into one typed error."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pargrade.chain.abi import BadEncoding, Text, Uint, join, split
from pargrade.chain.answers import read_data
from pargrade.chain.call import Errors
from pargrade.chain.errors import Panicked, Reverted, RevertedWithReason

_REASON: Final = bytes.fromhex("08c379a0")
_PANIC: Final = bytes.fromhex("4e487b71")

_DEEPEST: Final = 5
"""Error objects inside error objects that are looked into."""

_INSIDE: Final = ("data", "result", "return", "output", "error", "originalError", "cause")
"""Fields that may hold the bytes or another error object: hardhat, Ganache, wallets, gateways."""

_HEX: Final = re.compile(r"(?:[Rr]everted )?(0x\S*)")
_IN_A_SENTENCE: Final = re.compile(
    r"(?:return data|custom error|reverted):? \(?(0x[0-9a-fA-F]{8,})"
)
_TEXT: Final = re.compile(
    r"(?:execution reverted|vm execution error\.?|reverted with reason string|revert(?:ed)?)"
    r"(?:: ?| ')(?P<reason>[^'].*?)'?$",
    re.I | re.S,
)
_REVERTED: Final = re.compile("revert", re.I)


def find_revert_data(error: Mapping[str, Any]) -> bytes | None:
    """What a contract gave back, when the error is a contract's and not the endpoint's.

    A client that gives only the text of a reason is read as if it had given Error(string). Raises
    Malformed for bytes that are not in hexadecimal.
    """
    texts = [text for text in _texts(error) if isinstance(text, str)]
    for text in texts:
        if found := _HEX.fullmatch(text):
            return read_data(found[1])
    for text in texts:
        if found := _IN_A_SENTENCE.search(text):
            return read_data(found[1])
    if not any(_REVERTED.search(text) for text in texts):
        return None
    reasons = (_TEXT.search(text) for text in reversed(texts))
    return next((_encoded(found["reason"]) for found in reasons if found), b"")


def decode_revert(data: bytes, errors: Errors, during: str) -> Reverted:
    """The error these bytes encode, or a plain Reverted that carries them."""
    error = _typed(data, errors)
    error.during = during
    error.data = data
    return error


def _texts(error: Mapping[str, Any], depth: int = 0) -> Iterator[object]:
    """Messages and data of an error object and of those inside it, the outermost message first."""
    if depth < _DEEPEST:
        yield error.get("message")
        for name in _INSIDE:
            inside = error.get(name)
            yield inside
            if isinstance(inside, dict):
                yield from _texts(inside, depth + 1)
        # Ganache files the error under the transaction's hash.
        for name, inside in error.items():
            if name.startswith("0x") and isinstance(inside, dict):
                yield from _texts(inside, depth + 1)


def _encoded(reason: str) -> bytes:
    if reason.strip().lower() in ("revert", "reverted", "execution reverted"):
        return b""
    return _REASON + join((Text(),), (reason,))


def _typed(data: bytes, errors: Errors) -> Reverted:
    selector, body = data[:4], data[4:]
    try:
        if selector == _REASON:
            return RevertedWithReason(*split((Text(),), body))
        if selector == _PANIC:
            return Panicked(*split((Uint(),), body))
        kind = errors.get(selector)
        return Reverted() if kind is None else kind(*split(kind.LAYOUT, body))
    except BadEncoding:
        return Reverted()
