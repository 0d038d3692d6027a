"""With how many of its signatures a report goes to SpotIndexV2."""

from dataclasses import dataclass

from oracle.consensus.replacing_sender import ReplacingSender
from oracle.protocol.transmission.landing import Landing
from pargrade.bindings.errors import AllRefused
from pargrade.bindings.spot_index_v2 import SpotIndexV2
from pargrade.chain.call import Call
from pargrade.spot_index.submission import pack_submission


@dataclass(frozen=True, slots=True)
class ChosenReport:
    """A report as it is sent."""

    call: Call[int]
    signatures: int
    moved: int
    """Mask of the indices to which the next block would give a round."""


def choose_submission(
    sender: ReplacingSender, index: SpotIndexV2, landing: Landing, enough: int
) -> ChosenReport:
    """The report with `enough` signatures (s), or with all where these move more indices.

    s are cheapest; a first value, or a move beyond an index's speed limit, takes more. Both are
    simulated, so nothing is sent in vain. Raises what the contract refuses the report for with s
    where more do not help, and ChainError.
    """
    refused: AllRefused | None = None
    try:
        usual = _simulate(sender, index, landing, enough)
    except AllRefused as refusal:
        usual, refused = None, refusal
    moved = 0 if usual is None else usual.moved
    if len(landing.certificate.votes) > enough and moved != _valued(landing):
        try:
            wide = _simulate(sender, index, landing, len(landing.certificate.votes))
        except AllRefused:
            wide = None
        if wide is not None and wide.moved & ~moved:
            return wide
    if usual is None:
        assert refused is not None
        raise refused
    return usual


def _valued(landing: Landing) -> int:
    """Mask of the indices that a report has a value for."""
    figures = landing.report.figures
    return sum(1 << place for place, figure in enumerate(figures) if figure.value8)


def _simulate(
    sender: ReplacingSender, index: SpotIndexV2, landing: Landing, signatures: int
) -> ChosenReport:
    report, votes = landing.report, landing.certificate.votes[:signatures]
    packed = pack_submission(
        report.slot,
        report.flags,
        report.figures,
        report.input_root,
        {vote.position: vote.signature for vote in votes},
    )
    call = index.submit(packed)
    return ChosenReport(call, len(votes), sender.simulate(call))
