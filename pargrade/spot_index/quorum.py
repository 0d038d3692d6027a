"""How many dishonest and how many silent reporters an index survives.

A round's value is the lower median of the observations in its report. The median breaks down when
half of its values are arbitrary and not before: Donoho and Huber, The Notion of Breakdown Point
(1983). IReporterSet.sol states the same two bounds for the contract.
"""


def liars_survived(quorum: int) -> int:
    """The most dishonest of `quorum` observations that an honest median survives: ⌈q/2⌉ - 1."""
    return (quorum + 1) // 2 - 1


def silent_survived(reporters: int, quorum: int) -> int:
    """The most reporters that may be silent while the others still make a quorum: n - q."""
    return reporters - quorum
