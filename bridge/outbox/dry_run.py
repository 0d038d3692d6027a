"""Dry runs: everything is estimated against the next block, and nothing is sent."""

import logging
from collections.abc import Sequence
from typing import Any

from bridge.outbox.records import Outcome, PlannedCall, Verdict
from pargrade.chain.call import Call
from pargrade.chain.hashing import ZERO_ADDRESS, Address
from pargrade.chain.rpc import Chain

_log = logging.getLogger("bridge.rehearsal")


class DryRunSender:
    """A sender that sends nothing. Without an address it simulates as nobody: anyone may act."""

    def __init__(self, chain: Chain, address: Address = ZERO_ADDRESS) -> None:
        self._chain = chain
        self._address = address

    def gas_limit(self, call: Call[Any]) -> int:
        """Gas units the call would need now. Raises its refusal."""
        return self._chain.estimate(call, sender=self._address)

    def send(self, call: Call[Any], act: str, gas: int) -> Outcome:
        """Says what would be sent."""
        _log.info("would %s, about %s gas", act, f"{gas:,}")
        return Outcome(act, Verdict.PLANNED, gas_used=gas)

    def send_all(self, planned: Sequence[PlannedCall]) -> list[Outcome]:
        """Says what would be sent, in this order."""
        return [self.send(each.call, each.act, each.gas) for each in planned]

    def recover(self) -> list[Outcome]:
        """Nothing: what is open stays open in a dry run."""
        return []

    def close(self) -> None:
        """Nothing: there is no database."""
