"""Reads the epochs of an index from a chain, for whoever checks rounds of any of them."""

from oracle.epochs.epoch_log import EVENTS, EpochLog
from oracle.epochs.terms import Terms, read_terms
from oracle.protocol_store.committee_text import StoredCommittee
from pargrade.bindings.spot_index_v2 import IndicesAppended, ReportersChanged, SpotIndexV2
from pargrade.chain.rpc import Chain
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.deployment.submission import NoSuchRound


class Epochs:
    """The committees of an index up to now."""

    def __init__(self, log: EpochLog, terms: Terms, first_block: int) -> None:
        self._log = log
        self._terms = terms
        self._first_block = first_block

    def committee(self, epoch: int) -> StoredCommittee:
        """The committee of an epoch. Raises NoSuchRound."""
        found = self._log.committee(epoch, self._terms)
        if found is None:
            raise NoSuchRound(f"of epoch {epoch}: no committee since block {self._first_block}")
        return found


def read_epochs(chain: Chain, where: IndexOnChain) -> Epochs:
    """The epochs of an index. Names are the contract's own. Raises ChainError."""
    index, head = SpotIndexV2(chain, where.address), chain.head()
    terms, log = read_terms(index, head), EpochLog()
    first, last, indices = where.first_block, head.number, len(terms.names)
    changes = index.history(IndicesAppended, ReportersChanged, first=first, last=last)
    appends = [entry.block_number for entry, event in changes if isinstance(event, IndicesAppended)]
    if appends:
        # Reports alone say how many indices there were before.
        log.take(index.history(*EVENTS, first=first, last=appends[0]), indices)
        changes = [each for each in changes if each[0].block_number > appends[0]]
    log.take(changes, indices)
    return Epochs(log, terms, first)
