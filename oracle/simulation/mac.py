"""Signatures of the simulator: a keyed hash, 30 times faster than a curve's."""

from functools import lru_cache
from hashlib import blake2b


class MacSignatory:
    """One node's signatures. All nodes of a world share the way to check them."""

    def __init__(self, position: int) -> None:
        self._position = position

    def sign(self, digest: bytes) -> bytes:
        """64 bytes that only this position's signatory gives out."""
        return _mac(self._position, digest)

    def verify(self, position: int, digest: bytes, signature: bytes) -> bool:
        """Whether a position gave these bytes for a digest."""
        return _mac(position, digest) == signature


@lru_cache(maxsize=65_536)
def _mac(position: int, digest: bytes) -> bytes:
    return blake2b(digest, key=position.to_bytes(2)).digest()
