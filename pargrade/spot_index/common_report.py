"""What the signatures of a common report are over: the EIP-712 struct of SpotIndexV2."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from pargrade.chain.hashing import Address, keccak
from pargrade.chain.typed_data import Domain

_TYPE: Final = keccak(
    b"Report(bytes32 indexSet,uint32 epoch,uint40 slot,uint16 flags,uint64[] values,"
    b"uint64[] confidences,uint8[] providers,bytes32 methodHash,bytes32 inputRoot)"
)


class ReportTerms(NamedTuple):
    """What is the same in every report of one epoch of an index."""

    domain: Domain
    index_set: bytes
    """32 bytes."""
    epoch: int
    method_hash: bytes
    """32 bytes."""


def common_domain(chain_id: int, spot_index: Address) -> Domain:
    """The domain of reports; by its version no signature is one of an observation."""
    return Domain("Pargrade SpotIndex", chain_id, spot_index, version="2")


def report_struct(
    terms: ReportTerms,
    slot: int,
    flags: int,
    figures: Sequence[tuple[int, int, int]],
    input_root: bytes,
) -> bytes:
    """The words of the struct. `figures`: value, confidence (8 decimals), providers of each index.

    `input_root` has 32 bytes.
    """
    columns = zip(*figures, strict=True)
    words = (
        _TYPE,
        terms.index_set,
        terms.epoch.to_bytes(32),
        slot.to_bytes(32),
        flags.to_bytes(32),
        *(keccak(b"".join(each.to_bytes(32) for each in column)) for column in columns),
        terms.method_hash,
        input_root,
    )
    return b"".join(words)


def report_digest(
    terms: ReportTerms,
    slot: int,
    flags: int,
    figures: Sequence[tuple[int, int, int]],
    input_root: bytes,
) -> bytes:
    """What members sign, 32 bytes: of the struct of {report_struct}."""
    return terms.domain.digest(keccak(report_struct(terms, slot, flags, figures, input_root)))
