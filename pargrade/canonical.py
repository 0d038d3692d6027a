"""One way to write a value as bytes, so that every machine hashes the same thing."""

import json
import re
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from pargrade.chain.hashing import keccak
from pargrade.errors import PargradeError

_ESCAPE: Final = re.compile(rb"\\.", re.DOTALL)
_STRING: Final = re.compile(rb'"[^"]*"')
_PLAIN: Final = frozenset((str, int, bool, type(None)))
_NO_MARK: Final = bytes(set(range(256)) - set(b'"[]{}'))


class FloatRefused(PargradeError):
    """A float where bytes are hashed: its text differs between languages and versions."""

    hint = "Write the number as an integer of base units, or as a string of digits."

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text} is a float; hashed values are integers or strings")


class TooDeep(PargradeError, ValueError):
    """JSON nested deeper than anything we exchange."""

    hint = "Ask the sender for the answer again; nothing of it was read."

    def __init__(self, deepest: int) -> None:
        self.deepest = deepest
        super().__init__(f"JSON nested deeper than {deepest} levels")


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys, no spaces and only ASCII. Raises FloatRefused for any float in it."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def read_json(text: str | bytes) -> Any:
    """Parsed JSON whose numbers are integers.

    Raises FloatRefused for any other number, TooDeep, or ValueError for what is not JSON.
    """
    require_shallow(text)
    return json.loads(text, parse_float=_refuse_text, parse_constant=_refuse_text)


def content_hash(value: Any) -> bytes:
    """keccak256 of the canonical JSON: 32 bytes."""
    return keccak(canonical_json(value))


def require_shallow(text: str | bytes, deepest: int = 32) -> None:
    """Refuse JSON nested deeper than `deepest` before a parser sees it. Raises TooDeep.

    The parser of the standard library recurses on the C stack and relies on Python's recursion
    limit to stop; a library in the signing stack raises that limit to 100,000, after which a
    hundred kilobytes of brackets from anyone end the process.
    """
    raw = text.encode() if isinstance(text, str) else text
    # What is left without escapes, strings and plain text is brackets; each turn takes a level off.
    brackets = _STRING.sub(b"", _ESCAPE.sub(b"", raw).translate(None, _NO_MARK))
    for _ in range(deepest):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    unclosed = brackets.count(b"[") + brackets.count(b"{")
    if b"[]" in brackets or b"{}" in brackets or unclosed > deepest:
        raise TooDeep(deepest)


def _refuse_text(text: str) -> NoReturn:
    raise FloatRefused(text)


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise FloatRefused(repr(value))
    if isinstance(value, dict):
        parts: Iterable[Any] = value.values()
    elif isinstance(value, list | tuple):
        parts = value
    else:
        return
    for part in parts:
        # Most parts are of these types: no call for each of them.
        if type(part) not in _PLAIN:
            _refuse_floats(part)
