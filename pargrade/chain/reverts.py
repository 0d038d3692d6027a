"""What a contract meant when it refused: revert data back into one typed error."""

from pargrade.chain.abi import BadEncoding, Text, Uint, split
from pargrade.chain.call import Errors
from pargrade.chain.errors import Panicked, Reverted, RevertedWithReason

_REASON = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")


def decode_revert(data: bytes, errors: Errors, during: str) -> Reverted:
    """The error these bytes encode, or a plain Reverted that carries them."""
    error = _typed(data, errors)
    error.during = during
    error.data = data
    return error


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
