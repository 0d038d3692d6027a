"""What a quorum of reporters withstands: liars in a value, silence in the index."""


def liars_survived(quorum: int) -> int:
    """Dishonest reporters that a value of a quorum survives: ⌈quorum/2⌉ - 1."""
    return (quorum + 1) // 2 - 1


def silent_survived(reporters: int, quorum: int) -> int:
    """Silent reporters that the index survives: reporters - quorum."""
    return reporters - quorum


def default_quorum(reporters: int) -> int:
    """The least odd quorum of more than half the reporters."""
    return (reporters // 2 + 1) | 1
