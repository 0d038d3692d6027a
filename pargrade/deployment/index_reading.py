"""What a chain says of its indices at one block: the newest round of each."""

from dataclasses import dataclass
from typing import Any, Final

from pargrade.bindings.structs import Status
from pargrade.chain.block import BlockStamp
from pargrade.deployment.series_state import spot_index_of
from pargrade.deployment.session import Session
from pargrade.spot_index.observation import REPLAYED
from pargrade.text import moment
from pargrade.units import Price

READING_COLUMNS: Final = ("index", "USD", "state", "round of", "signers", "quotes")
"""Of `IndexReading.cells`."""


@dataclass(frozen=True, slots=True)
class IndexReading:
    """One index as its contract has it."""

    status: Status

    @property
    def is_replayed(self) -> bool:
        """Whether the newest round is of recorded quotes."""
        return bool(self.status.latest.flags & REPLAYED)

    def to_json(self) -> dict[str, Any]:
        """The reading for machines: the value in USD with 8 decimals, the slot in Unix seconds."""
        latest = self.status.latest
        return {
            "index": self.status.name,
            "value8": str(latest.value),
            "slot": latest.slot,
            "state": self.status.state.name.lower(),
            "signers": latest.signers,
            "replayed": self.is_replayed,
        }

    def cells(self) -> tuple[object, ...]:
        """The reading for people, under READING_COLUMNS."""
        latest, state = self.status.latest, self.status.state.name.lower()
        if not latest.slot:
            return self.status.name, "-", state, "never", 0, "-"
        return (
            self.status.name,
            Price(latest.value).text(),
            state,
            moment(latest.slot),
            f"{latest.signers} of {self.status.reporters}",
            "REPLAYED" if self.is_replayed else "live",
        )


def read_indices(session: Session, block: BlockStamp) -> list[IndexReading]:
    """Every index of a deployment, in the contract's order."""
    contract = spot_index_of(session)
    count = len(contract.index_names(block=block))
    return [IndexReading(contract.status(number, block=block)) for number in range(count)]
