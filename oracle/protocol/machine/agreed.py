"""Reads out of a slot what is to be kept of it: the input set of a report, and its votes."""

from oracle.protocol.batch.shelf import Shelf
from oracle.protocol.committee.committee import Committee
from oracle.protocol.machine.slot_state import SlotState
from oracle.protocol.report.input_set import Agreement, InputSet


def find_input_set(
    state: SlotState, digest: bytes, shelf: Shelf, committee: Committee
) -> InputSet | None:
    """What the report with a digest was computed from; None where it was not computed here."""
    report = state.computed.get(digest)
    proposals = (
        signed
        for signed in state.proposals.values()
        if report is not None and signed.content.input_root == report.input_root
    )
    proposal = next(proposals, None)
    if proposal is None:
        return None
    batches = tuple(state.batches[root] for root in proposal.content.inputs)
    named = {entry.section for batch in batches for entry in batch.content.entries}
    sections = {name: shelf.section(name) for name in named}
    return InputSet(committee.epoch, proposal, batches, sections)


def find_agreement(state: SlotState, signatures: int) -> Agreement | None:
    """The report of a slot with its votes, once it has so many REPORTs."""
    certificate = state.reports.certificate(signatures)
    if certificate is None:
        return None
    digest = certificate.digest
    return Agreement(
        state.contents[digest],
        digest,
        prepares=state.prepares.votes_for(digest),
        reports=state.reports.votes_for(digest),
    )
