"""What a simulated run came to."""

from dataclasses import dataclass

from oracle.simulation.scenario import Scenario


@dataclass(slots=True)
class RunOutcome:
    """What a run came to."""

    scenario: Scenario
    broken: list[str]
    seconds: list[float]
    """Per round after healing, from its slot to its block."""
    rounds: int
    reorged: int
    """Rounds that a re-org took back."""
    messages: int
    size: int
    """Bytes of all messages."""
    proofs: int
    """Contradictions that nodes found."""
    steps: int
    """Events that were worked through."""
