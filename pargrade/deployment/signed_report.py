"""A common report as it was submitted, with every signature checked."""

from pargrade.bindings.spot_index import ReportersChanged
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.hashing import Address
from pargrade.chain.keys import BadSignature, Signature, recover
from pargrade.chain.rpc import Chain
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.deployment.recorded_round import RecordedRound
from pargrade.deployment.submission import ForgedRound, submitted_bytes
from pargrade.spot_index.common_report import ReportTerms, common_domain, report_digest
from pargrade.spot_index.observation import index_set_of
from pargrade.spot_index.submission import SubmittedReport, unpack_submission


def signed_report_in(
    chain: Chain,
    index: IndexOnChain,
    tx_hash: bytes,
    recorded: RecordedRound,
    reporters: ReportersChanged,
) -> tuple[SubmittedReport, tuple[Address, ...]]:
    """The report of a transaction and who signed it, given what the chain recorded of it.

    Raises ForgedRound, BadReport, BadSubmission, NoSuchRound.
    """
    packed = submitted_bytes(chain, index.address, tx_hash, SpotIndexV2.SELECTORS["submit"])
    found = unpack_submission(packed, len(index.names))
    signed = found.slot, found.figures[recorded.index][0]
    if signed != (recorded.slot, recorded.value):
        reason = f"index {recorded.index} got {recorded.value}, signed was {signed[1]}"
        raise ForgedRound(recorded.slot, reason)
    terms = ReportTerms(
        common_domain(chain.chain_id, index.address),
        index_set_of(index.names),
        reporters.epoch,
        reporters.method_hash,
    )
    digest = report_digest(terms, found.slot, found.flags, found.figures, found.input_root)
    if len(found.signatures) < reporters.quorum:
        reason = f"{len(found.signatures)} signatures of {reporters.quorum}"
        raise ForgedRound(recorded.slot, reason)
    for position, signature in found.signatures.items():
        if _signer_of(digest, signature) != _reporter_at(reporters, position):
            raise ForgedRound(recorded.slot, f"not signed by position {position}")
    return found, tuple(reporters.reporters[position] for position in found.signatures)


def _signer_of(digest: bytes, signature: bytes) -> Address | None:
    try:
        return recover(digest, Signature.of_compact(signature))
    except BadSignature:
        return None


def _reporter_at(reporters: ReportersChanged, position: int) -> Address:
    known = reporters.reporters
    return known[position] if position < len(known) else Address("")
