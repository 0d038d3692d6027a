"""A grade: one network's token under frozen terms, named by the hash of all of them.

Terms that leave open what is delivered are refused here with one error per field, and on chain by
GradeRegistry for the same reasons.
"""

from dataclasses import dataclass
from typing import Final

from pargrade.bindings.structs import GRADE_TERMS, Basis, Denomination, Kind, Precision
from pargrade.chain.abi import join
from pargrade.chain.hashing import ZERO_ADDRESS, BadAddress, keccak, parse_address
from pargrade.grade import refusals as bad
from pargrade.units import Scu

__all__ = ["FACTOR_STEP", "Basis", "Denomination", "GradeTerms", "Kind", "Precision"]

FACTOR_STEP: Final = 10**14
"""Published factors have four decimals of their eighteen."""

# The same bound as in GradeRegistry: no known token has more than 24.
_MOST_DECIMALS: Final = 36


@dataclass(frozen=True, slots=True)
class GradeTerms:
    """The terms, in the order of the Solidity struct. Exists only fully specified."""

    network: str
    token: str
    """Address of the underlying token, 0x and 40 hex digits."""
    decimals: int
    kind: Kind
    """REDEEMABLE: the issuer honours the work. COLLATERAL: the token is only money."""
    denomination: Denomination
    """What one token is an amount of."""
    model: str
    """GPU model (GPU_HOUR) or language model (INFERENCE); empty for FLOP."""
    precision: Precision
    """Arithmetic the work is counted in (FLOP, INFERENCE), else NONE."""
    basis: Basis
    """Whether FLOP are the data sheet's peak or what a workload receives, else NONE."""
    input_tokens: int
    """Prompt length of the benchmark's profile (INFERENCE), else 0."""
    output_tokens: int
    """Completion length of the benchmark's profile (INFERENCE), else 0."""
    quantity: int
    """How much one whole token is: GPU-seconds, FLOP or language-model tokens."""
    scu_per_token: Scu
    """SCU per whole token, 18 decimals, a multiple of FACTOR_STEP."""
    method_hash: bytes
    """Hash of the factor table the factor comes from, 32 bytes."""
    valid_until: int
    """Unix seconds from which nothing more is wrapped."""
    deposit_cap: Scu
    """Most units that may exist."""

    def __post_init__(self) -> None:
        _check_stated(self)
        _check_denomination(self)
        _check_ranges(self)

    @property
    def grade_id(self) -> bytes:
        """keccak256(abi.encode(terms)), as GradeRegistry.gradeIdOf computes it."""
        return keccak(join((GRADE_TERMS,), (self,)))


def _check_stated(t: GradeTerms) -> None:
    stated: tuple[tuple[bool, type[bad.UnderSpecified]], ...] = (
        (bool(t.network), bad.MissingNetwork),
        (_is_token(t.token), bad.MissingToken),
        (t.kind is not Kind.NONE, bad.MissingKind),
        (t.denomination is not Denomination.NONE, bad.MissingDenomination),
        (t.quantity != 0, bad.MissingQuantity),
        (t.scu_per_token != 0, bad.MissingFactor),
        (len(t.method_hash) == 32 and any(t.method_hash), bad.MissingMethod),
        (t.valid_until != 0, bad.MissingValidity),
        (t.deposit_cap != 0, bad.MissingDepositCap),
    )
    for present, missing in stated:
        if not present:
            raise missing(t.network)


def _is_token(text: str) -> bool:
    try:
        return parse_address(text) != ZERO_ADDRESS
    except BadAddress:
        return False


def _check_denomination(t: GradeTerms) -> None:
    is_flop = t.denomination is Denomination.FLOP
    is_inference = t.denomination is Denomination.INFERENCE
    lengths = (t.input_tokens, t.output_tokens)
    for needed, full, empty, field, missing in (
        (not is_flop, bool(t.model), not t.model, "model", bad.MissingModel),
        (
            is_flop or is_inference,
            t.precision is not Precision.NONE,
            t.precision is Precision.NONE,
            "precision",
            bad.MissingPrecision,
        ),
        (is_flop, t.basis is not Basis.NONE, t.basis is Basis.NONE, "basis", bad.MissingBasis),
        (is_inference, all(lengths), not any(lengths), "length profile", bad.MissingLengthProfile),
    ):
        if needed and not full:
            raise missing(t.network)
        if not needed and not empty:
            raise bad.OutOfPlace(field, t.denomination.name)


def _check_ranges(t: GradeTerms) -> None:
    for field, value, largest in (
        ("decimals", t.decimals, _MOST_DECIMALS),
        ("input_tokens", t.input_tokens, 2**32 - 1),
        ("output_tokens", t.output_tokens, 2**32 - 1),
        ("quantity", t.quantity, 2**256 - 1),
        ("scu_per_token", t.scu_per_token, 2**128 - 1),
        ("valid_until", t.valid_until, 2**40 - 1),
        ("deposit_cap", t.deposit_cap, 2**128 - 1),
    ):
        if not 0 <= value <= largest:
            raise bad.OutOfRange(field, value, largest)
    if t.scu_per_token % FACTOR_STEP:
        raise bad.FactorTooFine(t.scu_per_token, FACTOR_STEP)
