"""Looking at ended transactions again: final, still where they were, or gone in a re-org."""

import logging
from typing import Protocol

from bridge.outbox.records import ProvisionalOutcome
from bridge.outbox.transaction_log import Intents
from pargrade.chain.block import BlockStamp, Tag
from pargrade.chain.errors import UnknownBlock
from pargrade.chain.rpc import Chain
from pargrade.process.failpoint import reached

_log = logging.getLogger("bridge.outbox")


class FinalityRule(Protocol):
    """Which block is read as unchangeable."""

    def head(self, chain: Chain) -> BlockStamp:
        """The newest block that is."""


class FinalizedTag:
    """What the chain itself calls final."""

    def head(self, chain: Chain) -> BlockStamp:
        """The newest final block."""
        return chain.block(Tag.FINALIZED)


def review_outcomes(chain: Chain, intents: Intents, finality: FinalityRule) -> None:
    """Keeps outcomes whose block is final, and opens those again whose block is gone.

    Blocks that the endpoint does not know count as gone: what is sent again then is what was sent
    before, byte for byte, and can happen once only.
    """
    provisional = intents.provisional()
    if not provisional:
        return
    final = finality.head(chain).number
    for outcome in provisional:
        if not _is_on_chain(chain, outcome):
            intents.reopen(outcome.intent)
            reached("outcome-reopened")
            _log.warning("block %d is gone, and with it: %s", outcome.block, outcome.act)
        elif outcome.block <= final:
            intents.mark_final(outcome.intent)


def _is_on_chain(chain: Chain, outcome: ProvisionalOutcome) -> bool:
    try:
        return chain.block(outcome.block).hash == outcome.block_hash
    except UnknownBlock:
        return False
