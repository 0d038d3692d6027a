"""Whether an index's log has all that the index itself has counted.

An endpoint may answer for blocks that it has not got yet, or leave out single logs. A member that
believed it would remember other rounds than all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from oracle.epochs.epoch_log import EpochLog
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.block import BlockStamp
from pargrade.chain.errors import RpcDown, UnknownBlock


class LogsLeftOut(RpcDown):
    """An endpoint's logs are not all that an index emitted: it can be asked for none of them."""

    hint = (
        "Name a second endpoint, of another operator. If all leave logs out, chain.first_block is "
        "after the deployment."
    )


@dataclass(frozen=True, slots=True)
class LogExtent:
    """What the log of an index has up to a block, by the state there."""

    head: BlockStamp
    rounds: Sequence[int]
    """By index: each is recorded in one event."""
    epoch: int
    """Of the newest set; 0 where no sets are looked for. Each epoch begins with one event."""

    @classmethod
    def read(cls, index: SpotIndexV2, head: BlockStamp, indices: int, epoch: int = 0) -> Self:
        """Of a block whose state endpoints still have: to be read before a long log is.

        Raises UnknownBlock, and the chain's other errors.
        """
        rounds = [index.rounds_of(each, block=head) for each in range(indices)]
        return cls(head, rounds, epoch)

    def require(self, log: EpochLog, index: SpotIndexV2) -> None:
        """Raises LogsLeftOut unless a log that was read through this index has all of it,
        UnknownBlock where the chain took the block back meanwhile, and its other errors.
        """
        reason = self._find_gap(log)
        if not reason:
            return
        chain = index.chain
        if chain.block(self.head.number) != self.head:
            raise UnknownBlock(str(self.head.number))
        raise LogsLeftOut(chain.endpoint, reason)

    def _find_gap(self, log: EpochLog) -> str:
        for place, count in enumerate(self.rounds):
            found = log.count(place)
            if found != count:
                return f"its logs have {found} of the {count} rounds of index {place}"
        known = log.methods().keys()
        missing = next((each for each in range(1, self.epoch + 1) if each not in known), 0)
        return f"its logs lack the set of epoch {missing}" if missing else ""
