"""Up to which slot a node signs nothing new: what journal, chain and peers know at its start.

A journal that certainly holds all that was signed under it needs no more than what the chain has
recorded. Any other journal (new, restored, copied, or last used before the machine restarted) may
lack a signature. Every slot that could have been signed is at most the one in progress, so nothing
new is signed up to and including that one.
"""

import logging
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from oracle.consensus.chain_state import ChainState, ChainStateReader
from oracle.consensus.slot import slot_at
from oracle.journal.journal import Journal
from oracle.journal.known_signatures import KnownSignatures, ask_peers
from pargrade.bindings.structs import Timing
from pargrade.chain.endpoints import Endpoints
from pargrade.chain.errors import ChainError
from pargrade.chain.hashing import Address
from pargrade.chain.rpc import Chain
from pargrade.chain.typed_data import Domain
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.journal.claim import Claim

_MOST_SLOTS: Final = 128
"""Slots that a peer is asked about."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outside:
    """Whom a node asks about its own past."""

    urls: tuple[str, ...]
    """Endpoints of the chain."""
    chain_id: int
    rpc_timeout: float
    peers: tuple[str, ...]
    peer_timeout: float
    reporter: Address
    domain: Domain

    def ask_peers(self, head: int, timing: Timing) -> KnownSignatures:
        """What peers hold of this key's signatures for slots that were open around `head`.

        Later ones, too: the endpoints may lag.
        """
        newest = slot_at(head, timing) + timing.max_age
        slots = range(newest, slot_at(head - timing.max_age, timing), -timing.grid)
        return ask_peers(
            self.peers, slots[:_MOST_SLOTS], self.reporter, self.domain, self.peer_timeout
        )

    def newest_head(self) -> int:
        """The latest time of a head that any endpoint has, unix seconds; 0 when none answers.

        One endpoint may lag, and a slot in progress that is measured there is too early.
        """
        return max(self._head(url) for url in self.urls)

    def _head(self, url: str) -> int:
        try:
            chain = Chain.connect(url, expected=self.chain_id, timeout=self.rpc_timeout)
            with closing(chain):
                return chain.head().timestamp
        except ChainError:
            return 0


@dataclass(frozen=True, slots=True)
class Watermark:
    """What was found out at a start. Slots in unix seconds; 0 where there is none."""

    recorded: int
    """Of the newest round on chain."""
    in_progress: int
    """At the newest head that any endpoint has."""
    known_to_peers: int
    """Newest with a signature of this node's key that a peer holds."""
    unknown: tuple[int, ...]
    """Slots for which peers hold a signature of this key that the journal does not."""
    is_complete: bool
    """Whether the journal certainly has everything that was signed under it."""
    unreachable: tuple[tuple[str, str], ...] = ()
    """Peers that did not say, each with the reason."""

    @property
    def floor(self) -> int:
        """Nothing new is signed at or below this slot."""
        if self.is_complete:
            return self.recorded
        return max(self.recorded, self.in_progress, self.known_to_peers)

    def describe(self) -> str:
        """Why the floor is where it is."""
        if self.unknown:
            slots = ", ".join(map(str, self.unknown))
            return f"the journal lacks signatures of this key that peers hold (slot {slots})"
        if not self.is_complete:
            return "the journal is new, restored, copied, or from before the machine started"
        return "the journal holds all that was signed under it"


def measure(claim: Claim, journal: Journal, chain_state: ChainState, outside: Outside) -> Watermark:
    """The watermark of a node that is about to start. Raises JournalFailed."""
    recorded = chain_state.last_slot
    if claim.is_complete:
        return Watermark(recorded, 0, 0, (), is_complete=True)
    separator, domain = outside.domain.separator(), outside.domain
    head = max(outside.newest_head(), chain_state.head.timestamp)
    signed = outside.ask_peers(head, chain_state.timing)
    unknown = []
    for item in signed.signed:
        observation = item.observation
        held = journal.signed(separator, observation.epoch, observation.slot)
        if held is None or held.digest != observation.digest(domain):
            unknown.append(observation.slot)
    return Watermark(
        recorded=recorded,
        in_progress=slot_at(head, chain_state.timing),
        known_to_peers=max((item.observation.slot for item in signed.signed), default=0),
        unknown=tuple(sorted(set(unknown))),
        is_complete=False,
        unreachable=signed.unreachable,
    )


def measure_floor(index: IndexOnChain, outside: Outside) -> int:
    """The floor of a journal that is made for a key of unknown past, unix seconds.

    Raises RpcDown, WrongChain, NoContract, WrongIndexSet, NoReporters.
    """
    endpoints = Endpoints(outside.urls, outside.chain_id, outside.rpc_timeout)
    chain_state = ChainStateReader(endpoints, index).read()
    head = max(outside.newest_head(), chain_state.head.timestamp)
    signed = outside.ask_peers(head, chain_state.timing).signed
    known = max((item.observation.slot for item in signed), default=0)
    return max(chain_state.last_slot, slot_at(head, chain_state.timing), known)


def begin(claim: Claim, watermark: Watermark) -> None:
    """Raises the journal's floor to the watermark and logs what a person should know.

    Raises JournalFailed.
    """
    floor = claim.begin(watermark.floor)
    if watermark.unreachable:
        silent = "; ".join(f"{url}: {reason}" for url, reason in watermark.unreachable)
        _log.warning("peers did not say which signatures of this key they hold: %s", silent)
    if watermark.unknown:
        _log.error(
            "%s; was an older copy restored? Signing begins after %d", watermark.describe(), floor
        )
    elif not watermark.is_complete:
        _log.warning("%s: signing begins after slot %d", watermark.describe(), floor)
