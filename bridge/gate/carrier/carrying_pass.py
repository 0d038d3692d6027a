"""What one pass of a carrier led to."""

from dataclasses import dataclass, field
from typing import Any

from bridge.gate.route.end import RouteSide
from bridge.outbox.records import Outcome


@dataclass(slots=True)
class CarryingPass:
    """What one pass led to."""

    outcomes: list[tuple[RouteSide, Outcome]] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    """Why something that is open was not done, by what it is."""

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "outcomes": [
                {
                    "end": side.value,
                    "act": outcome.act,
                    "verdict": outcome.verdict.value,
                    "block": outcome.block,
                    "gas": outcome.gas_used,
                    "tx_hash": None if outcome.tx_hash is None else "0x" + outcome.tx_hash.hex(),
                }
                for side, outcome in self.outcomes
            ],
            "waiting": self.waiting,
        }
