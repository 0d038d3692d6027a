"""A reference signer for one committee member: every promise once a slot, whatever is restored.

It keeps a journal of its own, of the same form as a member's, and takes the same care of it. So a
member on an old copy of its data, or two members under one key, have one batch, proposal, PREPARE
and REPORT of a slot signed. docs/SIGNER.md.
"""

import logging
import threading
from typing import Any, Final

from structlog.contextvars import bound_contextvars

from oracle.journal.owner import JournalOwner
from oracle.node.signing import SigningRefused, Signings, TransactionSigner
from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.roots import Root
from oracle.protocol.committee.bounds import MOST_NODES, Bounds
from oracle.protocol.committee.committee import Committee
from oracle.protocol.have.have_list import HaveList
from oracle.protocol.machine.promises import Promise, PromiseRecord
from oracle.protocol.message.calls import DeviationCall, Want
from oracle.protocol.prepare.prepare_vote import PrepareVote
from oracle.protocol.proposal.input_proposal import InputProposal
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.report.valuation import Figure
from oracle.protocol.wire.content import Content
from oracle.protocol_store.promise_journal import PromiseJournal
from oracle.transport.session import SESSION_TYPE
from pargrade.chain.hashing import keccak
from pargrade.chain.keys import Key
from pargrade.spot_index.common_report import common_domain
from pargrade.spot_index.observation import index_set_of

_log: Final = logging.getLogger(__name__)

_WORD: Final = 32
_MOST_WORDS: Final = 16
_SESSION_WORDS: Final = 5
_EPOCHS: Final = 1 << 32
_SLOTS: Final = 1 << 40

_NONE: Final = bytes(_WORD)
_SAMPLES: Final[dict[Promise | None, tuple[Content, ...]]] = {
    Promise.BATCH: (Manifest(0, ()),),
    Promise.PROPOSAL: (InputProposal(0, ()),),
    Promise.PREPARE: (PrepareVote(0, _NONE),),
    Promise.REPORT: (CommonReport(0, 0, (Figure(0, 0, 0),), _NONE),),
    None: (HaveList(0, ()), DeviationCall(0), Want(0, Root(0, _NONE))),
}
"""One content of every kind, by what it promises: the types' hashes are taken from them."""


class PromiseSigner:
    """Signs the structs of one key's messages for one index, one request after the other."""

    def __init__(
        self, key: Key, owner: JournalOwner, names: tuple[str, ...], journal: PromiseJournal
    ) -> None:
        """`names` are the index's, in order: it may have the last of them appended while this runs.

        The journal is claimed.
        """
        self._key = key
        self._owner = owner
        self._index_set = index_set_of(names)
        self._index_sets = {index_set_of(names[: n + 1]) for n in range(len(names))}
        self._domain = common_domain(owner.chain_id, owner.spot_index)
        self._journal = journal
        self._lock = threading.Lock()
        self._kinds = _kinds(_any_committee(owner, self._index_set))
        self.signings: Signings = {
            "/struct": self.sign_struct,
            "/transaction": TransactionSigner(key, owner).sign,
        }
        """By path."""

    def describe(self) -> dict[str, Any]:
        """Whose key it is and what it signs for."""
        stated = self._owner.to_settings()
        index_set = "0x" + self._index_set.hex()
        return {"address": self._key.address, **stated, "index_set": index_set, "version": 1}

    def sign_struct(self, stated: Any) -> dict[str, Any]:
        """The signature over a message's struct. Raises SigningRefused, JournalFailed."""
        struct = _struct_of(stated)
        digest = self._domain.digest(keccak(struct))
        if struct[:_WORD] == SESSION_TYPE and len(struct) == _SESSION_WORDS * _WORD:
            self._require_own(struct)
            return self._sign(digest)
        kind = struct[:_WORD], len(struct)
        if kind not in self._kinds:
            raise SigningRefused("this is no message of the protocol")
        self._require_own(struct)
        slot = int.from_bytes(struct[3 * _WORD : 4 * _WORD])
        if slot >= _SLOTS:
            raise SigningRefused("a slot of more than 40 bits")
        promise = self._kinds[kind]
        with bound_contextvars(slot=slot), self._lock:
            if promise is not None:
                self._admit(PromiseRecord(promise, slot, digest, struct))
            return self._sign(digest)

    def _require_own(self, struct: bytes) -> None:
        """Raises SigningRefused for another index, or an epoch that there cannot be."""
        if struct[_WORD : 2 * _WORD] not in self._index_sets:
            raise SigningRefused("a message for other indices than this signer's")
        if int.from_bytes(struct[2 * _WORD : 3 * _WORD]) >= _EPOCHS:
            raise SigningRefused("an epoch of more than 32 bits")

    def _admit(self, record: PromiseRecord) -> None:
        """Commits that a content is signed. Raises SigningRefused for any other of its slot."""
        promise, slot = record.promise, record.slot
        known = self._journal.digest(promise, slot)
        if known == record.digest:
            return
        if known is not None:
            raise self._refuse(f"another {promise} was signed for slot {slot}")
        promises = self._journal.promises()
        if not promises.may(promise, slot):
            newest = max((each.slot for each in promises.newest()), default=0)
            raise self._refuse(
                f"no {promise} for slot {slot}: the newest signed is {newest}, "
                f"and nothing is signed up to {promises.floor}"
            )
        self._journal.record([record])
        _log.info("signs a %s", promise)

    def _refuse(self, reason: str) -> SigningRefused:
        _log.warning("refused: %s", reason)
        return SigningRefused(reason)

    def _sign(self, digest: bytes) -> dict[str, Any]:
        return {"signature": "0x" + self._key.sign(digest).compact.hex()}


def _kinds(committee: Committee) -> dict[tuple[bytes, int], Promise | None]:
    """What a struct promises, by the hash of its type and its length."""
    return {
        (struct[:_WORD], len(struct)): promise
        for promise, samples in _SAMPLES.items()
        for struct in (each.struct(committee) for each in samples)
    }


def _any_committee(owner: JournalOwner, index_set: bytes) -> Committee:
    """Some committee of the index: types do not depend on which."""
    return Committee(
        bounds=Bounds(MOST_NODES, 0, 1),
        domain=common_domain(owner.chain_id, owner.spot_index),
        index_set=index_set,
        epoch=0,
        method_hash=_NONE,
        indices=1,
        flags=0,
        grid_s=1,
        heartbeat_s=1,
        min_interval_s=1,
        deviation_bps=0,
    )


def _struct_of(stated: Any) -> bytes:
    """The words in a request. Raises SigningRefused."""
    try:
        text = stated["struct"]
        struct = bytes.fromhex(text.removeprefix("0x"))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SigningRefused("this is no struct") from None
    if not 4 * _WORD <= len(struct) <= _MOST_WORDS * _WORD or len(struct) % _WORD:
        raise SigningRefused("this is no struct of whole words")
    return struct
