"""Gets the input set of a round: from this node's store, its archive, or a peer."""

from collections.abc import Sequence

from oracle.member.ledger import CommitteeLedger
from oracle.protocol.report.input_set import InputSet
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.protocol_store.input_store import InputStore
from oracle.protocol_store.kept_sets import SetSource
from oracle.transport.set_fetch import fetch_input_set
from oracle.transport.set_peers import SetPeers
from oracle.valuation.memory import AgreedRound
from pargrade.errors import PargradeError


class NotRemembered(PargradeError):
    """A node cannot take part yet: it lacks an input set that its peers did not give it either."""

    hint = "Start more of the members that took part then, or restore inputs.sqlite of one."

    def __init__(self, round_: AgreedRound) -> None:
        self.round = round_
        super().__init__(f"no peer has the input set of slot {round_.slot}")


class SetFinder:
    """Safe to share between threads."""

    def __init__(
        self,
        ledger: CommitteeLedger,
        store: InputStore,
        archive: SetSource,
        urls: Sequence[str],
        answer_s: float,
    ) -> None:
        """`urls` are those of peers."""
        self._ledger = ledger
        self._store = store
        self._archive = archive
        self._peers = SetPeers(urls)
        self._answer_s = answer_s

    def committee(self, epoch: int) -> StoredCommittee:
        """The committee of an epoch. Raises UnknownCommittee, DatabaseDown."""
        return self._ledger.committee(epoch) or self._store.committee(epoch)

    def find(self, wanted: AgreedRound) -> InputSet:
        """The set of a round, which is kept in the store from then on.

        Raises NotRemembered, UnknownCommittee, DatabaseDown.
        """
        found = self._store.input_set(wanted.root, wanted.slot)
        if found is not None:
            return found
        stored = self.committee(wanted.epoch)
        self._store.keep_committee(stored)
        found = self._archive.input_set(wanted.root, wanted.slot) or fetch_input_set(
            self._peers,
            wanted.slot,
            wanted.root,
            stored.committee,
            stored.verifier,
            self._store.section,
            self._answer_s,
        )
        if found is None:
            raise NotRemembered(wanted)
        self._store.keep(found)
        return found
