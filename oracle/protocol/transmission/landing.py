"""A report with its signatures, and what the chain takes of it."""

from dataclasses import dataclass
from typing import Final

from oracle.protocol.committee.committee import Committee
from oracle.protocol.prepare.votes import Certificate
from oracle.protocol.report.common_report import CommonReport
from oracle.protocol.wire.content import digest_of
from oracle.protocol.wire.signatory import Signatory

TAKEOVER_S: Final = 3.0
"""Each node waits so long for the one before it: two blocks of a chain that is not too slow."""


@dataclass(frozen=True, slots=True)
class Landing:
    """What is sent to the chain: one report, s signatures over its digest or all there are."""

    report: CommonReport
    certificate: Certificate


def transmits_at(certified_at: float, places: int) -> float:
    """When a node with so many before it transmits, in seconds of its clock."""
    return certified_at + places * TAKEOVER_S


def find_refusal(
    landing: Landing, committee: Committee, signatory: Signatory, last_slot: int, now: int
) -> str | None:
    """Why the chain does not take a report at a block time; None when it does.

    Slots increase, a report is usable for three slots, and s members signed its digest.
    """
    report, votes = landing.report, landing.certificate.votes
    if report.slot <= last_slot:
        return f"slot {report.slot} is not after {last_slot}"
    if report.slot > now or not committee.is_usable(report.slot, now):
        return f"slot {report.slot} is not usable at {now}"
    digest = digest_of(report, committee)
    if digest != landing.certificate.digest:
        return "signatures over another digest"
    signers = {
        vote.position for vote in votes if signatory.verify(vote.position, digest, vote.signature)
    }
    if len(signers) < committee.bounds.signatures:
        return f"{len(signers)} signatures of {committee.bounds.signatures}"
    return None
