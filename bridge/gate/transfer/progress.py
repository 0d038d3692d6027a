"""Follows one message from its block over finality and signatures to its arrival."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bridge.gate.carrier.gathering import Gathering
from bridge.gate.carrier.quorum import Tally
from bridge.gate.route.end import RouteSide
from bridge.gate.route.pair import RoutePair
from bridge.gate.route.reading import read_attesters
from bridge.gate.transfer.stage import TransferStage, TransferState
from pargrade.bindings.structs import Passage
from pargrade.chain.block import Tag
from pargrade.gate.transfer import Crossing


@dataclass(slots=True)
class MessageProgress:
    """One message, looked at through one endpoint of each chain."""

    pair: RoutePair
    source: RouteSide
    crossing: Crossing
    block: int
    """Block it left in."""
    gathering: Gathering

    def look(self) -> TransferState:
        """Where it stands now. Raises ChainError."""
        there, gate = self.pair.end(self.source.other), self.pair.end(self.source).gate
        nonce, from_chain = self.crossing.nonce, self.pair.end(self.source).chain.chain_id
        found = there.gate.arrival(from_chain, gate.address, nonce, block=Tag.LATEST)
        if found.passage is Passage.DONE:
            return self._state(TransferStage.DONE)
        if found.passage is Passage.QUEUED:
            return self._state(TransferStage.QUEUED)
        here = self.pair.end(self.source)
        if here.finality.head(here.chain).number < self.block:
            return self._state(TransferStage.SENT)
        return self._attested()

    def follow(
        self, changed: Callable[[TransferState], None], patience_s: float, pause_s: float = 0.5
    ) -> TransferState:
        """Looks until it arrived or patience ends; `changed` hears of every stage.

        Returns the last one. Raises ChainError.
        """
        until = time.monotonic() + patience_s
        last: TransferState | None = None
        while True:
            state = self.look()
            if state != last:
                changed(state)
                last = state
            if (
                state.stage in (TransferStage.DONE, TransferStage.QUEUED)
                or time.monotonic() > until
            ):
                return state
            time.sleep(pause_s)

    def _attested(self) -> TransferState:
        there = self.pair.end(self.source.other)
        which = self.pair.route.home if there.side is RouteSide.HOME else self.pair.route.remote
        config = read_attesters(there, there.chain.head())
        tally = Tally(which, config, (self.crossing,))
        self.gathering.gather(tally)
        signed = len(tally.signed(self.crossing.nonce))
        stage = TransferStage.ATTESTED if signed >= config.threshold else TransferStage.FINAL
        return self._state(stage, signatures=(signed, config.threshold))

    def _state(
        self, stage: TransferStage, *, signatures: tuple[int, int] | None = None
    ) -> TransferState:
        sent = self.crossing
        return TransferState(
            self.source,
            sent.nonce,
            sent.sender,
            sent.recipient,
            sent.amount,
            stage,
            signatures,
        )
