"""The hash of the published method, with which a new index is deployed."""

import json
from functools import cache

from pargrade.data.files import DATA


@cache
def published_method_hash() -> bytes:
    """keccak256 of the published method document with its factors and venues: 32 bytes."""
    published = json.loads((DATA / "published-method.json").read_text(encoding="utf-8"))
    return bytes.fromhex(published["method_hash"].removeprefix("0x"))
