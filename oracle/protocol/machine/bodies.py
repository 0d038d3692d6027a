"""Batches that others claim and this node lacks are asked for; those it holds are served."""

from typing import Final

from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.roots import Root, Roots
from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.committee.committee import Committee
from oracle.protocol.machine.dispatch import Dispatch
from oracle.protocol.machine.outputs import Send
from oracle.protocol.machine.pace import Pace
from oracle.protocol.machine.slot_state import AskedBatch, SlotState
from oracle.protocol.message.calls import Want
from oracle.protocol.message.envelope import Envelope

_ASKED_UNCLAIMED: Final = 2
"""Times that who signed a batch is asked for the rest of it before anybody claims to hold it."""


class Bodies:
    """The bodies of a slot's batches, between this node and those that claim to hold them."""

    def __init__(self, committee: Committee, shelf: Shelf, pace: Pace, dispatch: Dispatch) -> None:
        self._committee = committee
        self._shelf = shelf
        self._pace = pace
        self._dispatch = dispatch

    def manifests(self, state: SlotState, inputs: Roots) -> list[Manifest] | None:
        """The batches of an input set; None while any of them is not here whole."""
        found = [state.batches.get(root) for root in inputs]
        manifests = [each.content for each in found if each is not None]
        whole = len(manifests) == len(inputs) and all(map(self._shelf.holds, manifests))
        return manifests if whole else None

    def ask(self, state: SlotState, now: float) -> None:
        """Ask for batches that others claim, a proposal takes, or came without all their sections:
        one claimer after the other, and before there are any who signed it.
        """
        if state.certified_at is not None:
            return
        proposed = (root for root in _uncomputed(state) if not self._is_whole(state, root))
        partial = (root for root in state.batches if not self._is_whole(state, root))
        unheld = state.claims.unheld(state.held.values())
        for root in dict.fromkeys((*unheld, *proposed, *partial)):
            asked = state.wanted.setdefault(root, AskedBatch(now))
            last = asked.since + self._pace.want_s - self._pace.want_again_s
            last = last if asked.asked_at is None else asked.asked_at
            position = self._dispatch.position
            servers = [each for each in state.claims.claimers(root) if each != position]
            if not servers and asked.times < _ASKED_UNCLAIMED:
                # Whoever missed sections of an earlier batch lacks them in this one, too.
                servers = [root.position] if root in state.batches else []
            if now - last < self._pace.want_again_s or not servers:
                continue
            asked.asked_at = now
            server = servers[(asked.times + position) % len(servers)]
            asked.times += 1
            signed = self._dispatch.sign(Want(state.slot, root))
            raw = Envelope(self._committee.epoch, signed).pack()
            self._dispatch.out.append(Send((server,), raw))

    def _is_whole(self, state: SlotState, root: Root) -> bool:
        return self.manifests(state, (root,)) is not None

    def serve(self, state: SlotState, wanted: Root, asker: int, now: float) -> None:
        """Send a batch that is held, whole; to one asker not again at once."""
        signed = state.batches.get(wanted)
        if signed is None or not self._shelf.holds(signed.content):
            return
        served_at = state.served.get((asker, wanted))
        if served_at is not None and now - served_at < self._pace.serve_again_s:
            return
        state.served[asker, wanted] = now
        sections = tuple(self._shelf.sections_of(signed.content))
        envelope = Envelope(self._committee.epoch, signed, sections=sections)
        self._dispatch.out.append(Send((asker,), envelope.pack()))


def _uncomputed(state: SlotState) -> Roots:
    """What the leader proposed and was not computed here yet."""
    proposals = [
        signed.content
        for (position, input_root), signed in state.proposals.items()
        if position == state.leader and input_root not in state.priced
    ]
    return tuple(root for proposal in proposals for root in proposal.inputs)
