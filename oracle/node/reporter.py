"""One reporter: its determination of a slot, and its one signature for it."""

import threading
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from oracle.consensus.chain_state import ChainState
from oracle.consensus.slot import moved_since
from oracle.index.chain import Chain
from oracle.index.determination import Determination, determine, observe
from oracle.journal.journal import Journal, SignedEntry
from oracle.journal.refusals import BelowFloor
from oracle.node.quote_source import QuoteSource
from pargrade.canonical import canonical_json
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Signer
from pargrade.chain.typed_data import Domain
from pargrade.errors import PargradeError
from pargrade.keys.remote_signer import SignerRefused
from pargrade.spot_index.observation import REPLAYED, SignedObservation

K = TypeVar("K")
V = TypeVar("V")

_KEPT_SLOTS: Final = 64


class NotReporter(PargradeError):
    """This node's key is not in the reporter set, so no signature of it would count."""

    hint = "Ask the index's admin to add the reporter, or run the node with a reporter's key."

    def __init__(self, reporter: Address, epoch: int) -> None:
        self.reporter = reporter
        self.epoch = epoch
        super().__init__(f"{reporter} is not a reporter in epoch {epoch}")


class WrongMethod(PargradeError):
    """The reporter set has agreed on another method than this node computes."""

    hint = "Install the release that has this method, or ask the index's admin."

    def __init__(self, ours: bytes, agreed: bytes) -> None:
        self.ours = ours
        self.agreed = agreed
        super().__init__(f"this node computes method 0x{ours.hex()}, the set 0x{agreed.hex()}")


class NothingToReport(PargradeError):
    """The index has no value at this slot or is halted, so nothing is signed."""

    hint = "No price beats a wrong price: the node reports again once its panel has enough quotes."

    def __init__(self, slot: int, reason: str) -> None:
        self.slot = slot
        self.reason = reason
        super().__init__(f"nothing to report at slot {slot}: {reason}")


class SlotWithheld(NothingToReport):
    """The journal or the external signer takes nothing new for this slot, so it is not signed."""

    def __init__(self, slot: int, refusal: PargradeError) -> None:
        super().__init__(slot, str(refusal))
        self.hint = refusal.hint


@dataclass(frozen=True, slots=True)
class EncodedObservation:
    """A signed observation and the bytes that are sent to peers."""

    signed: SignedObservation
    body: bytes
    """Canonical JSON."""

    @classmethod
    def of(cls, signed: SignedObservation) -> "EncodedObservation":
        """The observation with its bytes."""
        return cls(signed, canonical_json(signed.to_json()))


class Reporter:
    """Computes and signs observations. Safe to share between threads; one slot at a time."""

    def __init__(
        self,
        key: Signer,
        domain: Domain,
        index_set: bytes,
        source: QuoteSource,
        journal: Journal,
        replay_offset_s: int,
    ) -> None:
        self.address = key.address
        self.domain = domain
        self.replay_offset_s = replay_offset_s
        self.latest: Determination | None = None
        """The newest determination, for display."""
        self._separator = domain.separator()
        self._key = key
        self._index_set = index_set
        self._source = source
        self._journal = journal
        self._lock = threading.RLock()
        self._determined: dict[int, tuple[Chain, Determination]] = {}
        self._signed: dict[tuple[int, int], EncodedObservation] = {}
        self._epoch = 0

    @property
    def replayed(self) -> bool:
        """Whether the quotes were recorded at another time than the slots they are reported for."""
        return self.replay_offset_s != 0

    @property
    def flags(self) -> int:
        """Flags of every observation of this node."""
        return REPLAYED if self.replayed else 0

    def has_new_quotes(self) -> bool:
        """Whether something was recorded since the last determination. Reads nothing of it."""
        return self._source.has_changed()

    def determine(self, slot: int) -> Determination:
        """The determination at a slot, in unix seconds, from what is recorded. Signs nothing."""
        with self._lock:
            chain = self._source.chain()
            known_chain, known = self._determined.get(slot, (None, None))
            # A quote that comes during a slot counts for it until the slot is signed.
            if known is None or known_chain is not chain:
                known = determine(chain, slot - self.replay_offset_s)
                _keep_newest(self._determined, slot, (chain, known))
                if self.latest is None or known.as_of >= self.latest.as_of:
                    self.latest = known
            return known

    def values(self, slot: int) -> tuple[int, ...]:
        """The values this node would report, 8 decimals; 0 where it has none. Signs nothing."""
        return self.determine(slot).values

    def expected_medians(self, slot: int, chain_state: ChainState) -> tuple[int, ...]:
        """The last medians, moved as this node's values have since it signed for them, 8 decimals.

        0 where it has no value. Signs nothing. Raises JournalFailed.
        """
        found = zip(chain_state.last, self.values(slot), strict=True)
        return tuple(
            moved_since(last, self._signed_value(place, last.slot, chain_state.epoch), value)
            for place, (last, value) in enumerate(found)
        )

    def observe(self, slot: int, chain_state: ChainState) -> EncodedObservation:
        """The signed observation of a slot; every call returns the same bytes.

        Raises NotReporter, WrongMethod, NothingToReport (SlotWithheld), JournalFailed.
        """
        self.require_may_sign(chain_state)
        with self._lock:
            self._epoch = chain_state.epoch
            known = self._signed.get((chain_state.epoch, slot))
            if known is None:
                known = EncodedObservation.of(self._sign_slot(slot, chain_state.epoch))
                _keep_newest(self._signed, (chain_state.epoch, slot), known)
            return known

    def recall_signed(self, slot: int) -> EncodedObservation | None:
        """The observation that this process signed for a slot in its newest epoch, from memory."""
        return self._signed.get((self._epoch, slot))

    def signed_slots(self) -> tuple[int, ...]:
        """The newest slots that this process signed, in any epoch."""
        with self._lock:
            return tuple(slot for _, slot in self._signed)

    def find_signed(self, slot: int, epoch: int) -> EncodedObservation | None:
        """The observation of a slot in the journal, or None. Raises JournalFailed."""
        entry = self._journal.signed(self._separator, epoch, slot)
        return None if entry is None else EncodedObservation.of(entry.signed)

    def require_may_sign(self, chain_state: ChainState) -> None:
        """Raise NotReporter or WrongMethod if this node must not sign in this epoch."""
        if chain_state.position(self.address) is None:
            raise NotReporter(self.address, chain_state.epoch)
        ours, agreed = self._source.method.method_hash, chain_state.reporters.method_hash
        if ours != agreed:
            raise WrongMethod(ours, agreed)

    def _signed_value(self, place: int, slot: int, epoch: int) -> int:
        """What this node signed for an index at a slot, 8 decimals; 0 for nothing."""
        known = self._signed.get((epoch, slot)) or self.find_signed(slot, epoch)
        return 0 if known is None else known.signed.observation.values[place]

    def _sign_slot(self, slot: int, epoch: int) -> SignedObservation:
        try:
            kept = self._journal.signed_or_open(self._separator, epoch, slot)
            return self._sign_new(slot, epoch) if kept is None else kept.signed
        except (BelowFloor, SignerRefused) as refusal:
            raise SlotWithheld(slot, refusal) from None

    def _sign_new(self, slot: int, epoch: int) -> SignedObservation:
        determination = self.determine(slot)
        if not determination.value.reportable:
            facts = determination.value.to_json()
            reason = facts.get("absent", facts.get("state"))
            raise NothingToReport(slot, f"{reason}, {determination.value.providers} providers")
        stated = observe(determination, self._index_set, epoch, self.flags)
        observation = replace(stated, slot=slot)
        typed = observation.typed_data(self.domain)
        signature = self._key.sign_typed(typed)
        entry = SignedEntry(typed.digest, SignedObservation(observation, signature))
        # Written to disk before it is returned. If the journal already has this slot, from before a
        # restart or from a second process, its entry is returned instead.
        return self._journal.record(self._separator, entry, determination).signed


def _keep_newest(memory: dict[K, V], key: K, value: V) -> None:
    while len(memory) >= _KEPT_SLOTS and key not in memory:
        del memory[next(iter(memory))]
    memory[key] = value
