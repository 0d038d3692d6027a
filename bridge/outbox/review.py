"""Looking at ended transactions again: final, still where they were, or gone in a re-org.

What ended finally is kept for 90 days of chain time: the fee budget needs one day of it, the
estimate of fees 30. What is open or not final is kept however old it is.
"""

import logging
from typing import Final, Protocol

from bridge.outbox.records import ProvisionalOutcome
from bridge.outbox.transaction_log import Intents
from pargrade.chain.block import BlockStamp, Tag
from pargrade.chain.errors import UnknownBlock
from pargrade.chain.rpc import Chain
from pargrade.clock import DAY_S
from pargrade.process.failpoint import reached

KEPT_S: Final = 90 * DAY_S
"""After the newest final outcome an older one is kept for so long."""

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
    newest = 0
    for outcome in provisional:
        block = _find_block(chain, outcome)
        if block is None:
            intents.reopen(outcome.intent)
            reached("outcome-reopened")
            _log.warning("block %d is gone, and with it: %s", outcome.block, outcome.act)
        elif outcome.block <= final:
            intents.mark_final(outcome.intent)
            newest = max(newest, block.timestamp)
    if newest:
        intents.discard_before(newest - KEPT_S)


def _find_block(chain: Chain, outcome: ProvisionalOutcome) -> BlockStamp | None:
    """The block of an outcome, None where the chain has another one or none."""
    try:
        found = chain.block(outcome.block)
    except UnknownBlock:
        return None
    return found if found.hash == outcome.block_hash else None
