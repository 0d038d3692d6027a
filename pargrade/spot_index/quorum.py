"""How many dishonest and how many silent reporters an index survives.

A round's value is the lower median of the observations in its report. The median breaks down when
half of its values are arbitrary and not before: Donoho and Huber, The Notion of Breakdown Point
(1983). IReporterSet.sol states the same two bounds for the contract.

The second version of the index takes one content that s reporters signed, so that no median is left
to move: of n >= 3f + 1 reporters f may do anything, and f + 1 <= s <= n - f. ISpotIndexV2.sol and
docs/PROTOCOL.md state these bounds.
"""

from enum import IntEnum


class IndexVersion(IntEnum):
    """Which contract records rounds, and what reporters sign for it."""

    OBSERVATIONS = 1
    """SpotIndex: the median of observations, one of each reporter."""
    COMMON_REPORT = 2
    """SpotIndexV2: one report, signed by s reporters."""


def liars_survived(quorum: int) -> int:
    """The most dishonest of `quorum` observations that an honest median survives: ⌈q/2⌉ - 1."""
    return (quorum + 1) // 2 - 1


def silent_survived(reporters: int, quorum: int) -> int:
    """The most reporters that may be silent while the others still make a quorum: n - q."""
    return reporters - quorum


def common_liars(reporters: int) -> int:
    """The most of `reporters` that may do anything under a common report: f = ⌊(n-1)/3⌋."""
    return (reporters - 1) // 3


def common_prepares(reporters: int) -> int:
    """Reporters that have to prepare one report before any signs it: ⌊(n+f)/2⌋ + 1."""
    return (reporters + common_liars(reporters)) // 2 + 1


def common_silent(reporters: int, signatures: int) -> int:
    """The most reporters that may be silent while reports still land: n - max(p, s)."""
    return reporters - max(common_prepares(reporters), signatures)
