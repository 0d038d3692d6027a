"""The packed calldata of `SpotIndex.submit`: a quorum of observations of one slot.

0      5       6        10      10+k
| slot | flags | signers | ranks | observation | observation | …

0   32            64             96       96+8k
| r | yParityAndS | evidenceRoot | values |

k indices; observations by rising set position; `signers` is the mask of those positions. Source:
contracts/src/libraries/Report.sol.
"""

from dataclasses import dataclass
from typing import Final

from pargrade.errors import PargradeError

HEADER: Final = 10
_FIXED: Final = 96
_VALUE: Final = 8


class BadReport(PargradeError):
    """Bytes that are not a packed report."""

    hint = "Give the calldata of a transaction that called SpotIndex.submit."

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"not a report: {reason}")


@dataclass(frozen=True, slots=True)
class Part:
    """One reporter's observation as packed in a report."""

    position: int
    """Position in the reporter set, from 0."""
    signature: bytes
    """EIP-2098, 64 bytes."""
    evidence_root: bytes
    values: tuple[int, ...]
    """8 decimals, one per index; 0 means no value."""


@dataclass(frozen=True, slots=True)
class Report:
    """The observations submitted for one slot."""

    slot: int
    flags: int
    ranks: tuple[int, ...]
    """Per index, the place of the part with the median."""
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, slot: int, flags: int, parts: tuple[Part, ...]) -> "Report":
        """The report of these parts, in any order; each position at most once."""
        ordered = tuple(sorted(parts, key=lambda part: part.position))
        indices = len(ordered[0].values)
        return cls(slot, flags, tuple(_median_rank(ordered, i) for i in range(indices)), ordered)

    @property
    def medians(self) -> tuple[int, ...]:
        """The lower median per index: 8 decimals; 0 means no value."""
        return tuple(self.parts[rank].values[i] for i, rank in enumerate(self.ranks))

    def pack(self) -> bytes:
        """The argument of `submit`."""
        signers = sum(1 << part.position for part in self.parts)
        packed = [
            self.slot.to_bytes(5),
            self.flags.to_bytes(1),
            signers.to_bytes(4),
            bytes(self.ranks),
        ]
        for part in self.parts:
            values = b"".join(value.to_bytes(_VALUE) for value in part.values)
            packed += [part.signature, part.evidence_root, values]
        return b"".join(packed)

    @classmethod
    def unpack(cls, packed: bytes) -> "Report":
        """The report in these bytes. Raises BadReport when no number of indices fits them."""
        signers = int.from_bytes(packed[6:HEADER])
        positions = [bit for bit in range(32) if signers >> bit & 1]
        indices, rest = divmod(
            len(packed) - HEADER - _FIXED * len(positions), 1 + _VALUE * len(positions)
        )
        if not positions or indices < 1 or rest:
            raise BadReport(f"{len(packed)} bytes with {len(positions)} signers")
        stride = _FIXED + _VALUE * indices
        starts = range(HEADER + indices, len(packed), stride)
        return cls(
            slot=int.from_bytes(packed[:5]),
            flags=packed[5],
            ranks=tuple(packed[HEADER : HEADER + indices]),
            parts=tuple(
                _unpack_part(position, packed[start : start + stride])
                for position, start in zip(positions, starts, strict=True)
            ),
        )


def _unpack_part(position: int, packed: bytes) -> Part:
    values = packed[_FIXED:]
    return Part(
        position=position,
        signature=packed[:64],
        evidence_root=packed[64:_FIXED],
        values=tuple(
            int.from_bytes(values[start : start + _VALUE])
            for start in range(0, len(values), _VALUE)
        ),
    )


def _median_rank(parts: tuple[Part, ...], index: int) -> int:
    """The place of the part with the lower median of the values; 0 when there is no value."""
    present = sorted(
        (part.values[index], rank) for rank, part in enumerate(parts) if part.values[index]
    )
    return present[(len(present) - 1) // 2][1] if present else 0
