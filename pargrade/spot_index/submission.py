"""A common report as SpotIndexV2.submit takes it: figures once, one signature per reporter."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pargrade.errors import PargradeError

_MOST_POSITIONS: Final = 32
_SIGNATURE: Final = 64
_ROOT: Final = 32


class BadSubmission(PargradeError):
    """What does not fit the packed form."""

    hint = (
        "Values and confidences are below 2^64, providers and flags below 2^8, positions 0 to 31."
    )


def pack_submission(
    slot: int,
    flags: int,
    figures: Sequence[tuple[int, int, int]],
    input_root: bytes,
    signatures: Mapping[int, bytes],
) -> bytes:
    """The argument of `submit`, packed and big-endian. Raises BadSubmission.

    slot u40 | flags u8 | signers u32 | input root | per index value u64, confidence u64,
    providers u8 | per signer by rising position r, yParityAndS. Figures are in 8 decimals, a value
    of 0 is absent; signatures are compact (EIP-2098), by position in the set.
    """
    if len(input_root) != _ROOT:
        raise BadSubmission(f"an input root of {len(input_root)} bytes, not {_ROOT}")
    for position, signature in signatures.items():
        if not 0 <= position < _MOST_POSITIONS or len(signature) != _SIGNATURE:
            raise BadSubmission(f"{len(signature)} bytes of signature at position {position}")
    mask = sum(1 << position for position in signatures)
    try:
        packed = [slot.to_bytes(5), flags.to_bytes(1), mask.to_bytes(4), input_root]
        for value8, confidence8, providers in figures:
            packed += [value8.to_bytes(8), confidence8.to_bytes(8), providers.to_bytes(1)]
    except OverflowError as overflow:
        raise BadSubmission(f"slot {slot}, flags {flags}, {figures}: {overflow}") from None
    packed += [signature for _, signature in sorted(signatures.items())]
    return b"".join(packed)


class SubmittedReport(NamedTuple):
    """What `pack_submission` took."""

    slot: int
    flags: int
    figures: tuple[tuple[int, int, int], ...]
    input_root: bytes
    signatures: Mapping[int, bytes]


def unpack_submission(packed: bytes, indices: int) -> SubmittedReport:
    """The report of an argument of `submit`, for so many indices. Raises BadSubmission."""
    head, figure = 42, 17
    mask = int.from_bytes(packed[6:10])
    positions = [each for each in range(_MOST_POSITIONS) if mask >> each & 1]
    if len(packed) != head + figure * indices + _SIGNATURE * len(positions):
        raise BadSubmission(f"{len(packed)} bytes for {indices} indices, {len(positions)} signers")
    figures = []
    for start in range(head, head + figure * indices, figure):
        part = packed[start : start + figure]
        figures.append((int.from_bytes(part[:8]), int.from_bytes(part[8:16]), part[16]))
    signed = packed[head + figure * indices :]
    return SubmittedReport(
        slot=int.from_bytes(packed[:5]),
        flags=packed[5],
        figures=tuple(figures),
        input_root=packed[10:head],
        signatures={
            position: signed[_SIGNATURE * place : _SIGNATURE * (place + 1)]
            for place, position in enumerate(positions)
        },
    )
