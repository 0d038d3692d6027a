"""One way to write a value as bytes, so that every machine hashes the same thing."""

import json
from typing import Any, NoReturn

from pargrade.chain.hashing import keccak
from pargrade.errors import PargradeError


class FloatRefused(PargradeError):
    """A float where bytes are hashed: its text differs between languages and versions."""

    hint = "Write the number as an integer of base units, or as a string of digits."

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text} is a float; hashed values are integers or strings")


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys, no spaces and only ASCII. Raises FloatRefused for any float in it."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def read_json(text: str | bytes) -> Any:
    """Parsed JSON whose numbers are integers. Raises FloatRefused for any other number."""
    return json.loads(text, parse_float=_refuse_text, parse_constant=_refuse_text)


def content_hash(value: Any) -> bytes:
    """keccak256 of the canonical JSON: 32 bytes."""
    return keccak(canonical_json(value))


def _refuse_text(text: str) -> NoReturn:
    raise FloatRefused(text)


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise FloatRefused(repr(value))
    if isinstance(value, dict):
        for part in value.values():
            _refuse_floats(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _refuse_floats(part)
