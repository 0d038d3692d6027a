"""What a settlement statement states: rounds, who signed them, and what the contracts say."""

from dataclasses import dataclass

from pargrade.bindings.structs import Phase, SeriesTerms
from pargrade.chain.hashing import Address
from pargrade.futures.statement import Fix, Span, Stretch


@dataclass(frozen=True, slots=True)
class Reported:
    """What one reporter signed for a round."""

    reporter: Address
    value: int
    evidence_root: bytes
    """Of a common report the root of its inputs."""


@dataclass(frozen=True, slots=True)
class UsedRound:
    """A round that holds in the window."""

    fix: Fix
    epoch: int
    method_hash: bytes
    tx_hash: bytes
    reports: tuple[Reported, ...]


@dataclass(frozen=True, slots=True)
class UsedIndex:
    """An index that answers for a part of the window."""

    address: Address
    span: Span
    """Of its phase, as far as it lies in the window."""
    hold: int
    """Seconds for which a value holds."""
    rounds: tuple[UsedRound, ...]

    @property
    def stretch(self) -> Stretch:
        """As figures are worked out of it."""
        return Stretch(self.span, self.hold, tuple(each.fix for each in self.rounds))


@dataclass(frozen=True, slots=True)
class ContractFigures:
    """What the contracts say; the statement's own figures have to agree with it."""

    phase: Phase
    price: int | None
    """8 decimals; None where there is none."""
    proposed_cover: int | None
    """Seconds covered, as the proposal announced them."""
    excluded: Span | None
    rejected: bool
    value_time: int | None
    """Of the whole window, by the index; None when it began without a round before it."""
    covered: int | None


@dataclass(frozen=True, slots=True)
class StatementValues:
    """Everything a statement states or is computed from."""

    chain_id: int
    market: Address
    series: int
    terms: SeriesTerms
    index_name: str
    block: int
    block_hash: bytes
    holidays: tuple[int, ...]
    """UTC midnights, ascending."""
    indices: tuple[UsedIndex, ...]
    """Who answers for the window, in turn: one, or several behind a front."""
    outcome: ContractFigures

    @property
    def window(self) -> Span:
        """The delivery window."""
        return Span(self.terms.start, self.terms.expiry)

    @property
    def rounds(self) -> tuple[UsedRound, ...]:
        """Of all indices, one after the other."""
        return tuple(each for index in self.indices for each in index.rounds)
