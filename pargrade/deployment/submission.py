"""A round as it was submitted, read back from the chain."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pargrade.bindings.spot_index import ReportersChanged, RoundRecorded, SpotIndex
from pargrade.chain.abi import BadEncoding, Bytes
from pargrade.chain.block import Tag
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Signature
from pargrade.chain.log import Log
from pargrade.chain.rpc import Chain
from pargrade.chain.typed_data import Domain
from pargrade.deployment.index_on_chain import IndexOnChain
from pargrade.errors import PargradeError
from pargrade.spot_index.observation import (
    Observation,
    SignedObservation,
    index_domain,
    index_set_of,
)
from pargrade.spot_index.report import BadReport, Part, Report

NEWEST: Final = "newest"
"""Instead of a slot: that of the last round."""

_MOST_DIGITS: Final = 12
"""Of a slot, unix seconds."""

_HASH_BYTES: Final = 32


class NoSuchRound(PargradeError):
    """The chain has no round under this slot or transaction."""

    hint = "List the rounds there are with the API's /rounds, or give another slot."

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(f"no round {reference}")


class ForgedRound(PargradeError):
    """What the contract recorded does not follow from what was submitted to it."""

    hint = "Check that the address is the index's and that the endpoint can be trusted."

    def __init__(self, slot: int, reason: str) -> None:
        self.slot = slot
        self.reason = reason
        super().__init__(f"round {slot}: {reason}")


@dataclass(frozen=True, slots=True)
class Statement:
    """What one reporter signed."""

    position: int
    reporter: Address
    observation: Observation


@dataclass(frozen=True, slots=True)
class Submission:
    """One round: where it is, what it recorded, and which observations it was made of."""

    tx_hash: bytes
    block: int
    slot: int
    values: tuple[int, ...]
    """Per index, 8 decimals; 0 where the round did not change it."""
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class RoundLog:
    """What the contract logged about one submission."""

    tx_hash: bytes
    block: int
    events: tuple[RoundRecorded, ...]
    """One for each index that got a value."""


def read_submission(chain: Chain, index: IndexOnChain, slot_or_hash: str) -> Submission:
    """The round at a slot (unix seconds), or `newest`, or in a transaction (0x hash).

    Every signature is checked against the reporter set of its epoch, and the recorded values
    against the medians. Raises NoSuchRound, ForgedRound, BadReport.
    """
    recorded = _find_recorded(chain, index, slot_or_hash)
    contract, first = SpotIndex(chain, index.address), index.first_block
    epochs = contract.history(ReportersChanged, first=first, last=recorded.block)
    reporters = reporters_of(recorded.events[0].epoch, epochs, first)
    return submission_in(chain, index, recorded, reporters)


def submission_in(
    chain: Chain, index: IndexOnChain, recorded: RoundLog, reporters: ReportersChanged
) -> Submission:
    """The round of a transaction, given what it recorded and the reporter set of its epoch.

    Raises ForgedRound, BadReport.
    """
    selector = SpotIndex.SELECTORS["submit"]
    report = Report.unpack(submitted_bytes(chain, index.address, recorded.tx_hash, selector))
    domain = index_domain(chain.chain_id, index.address)
    index_set = index_set_of(index.names)
    statements = tuple(
        _statement(part, report, domain, index_set, reporters) for part in report.parts
    )
    _require_medians(report, recorded.events)
    values = {event.index: event.value for event in recorded.events}
    return Submission(
        tx_hash=recorded.tx_hash,
        block=recorded.block,
        slot=report.slot,
        values=tuple(values.get(number, 0) for number in range(len(index.names))),
        statements=statements,
    )


def _require_medians(report: Report, events: Iterable[RoundRecorded]) -> None:
    """Raises ForgedRound when the contract recorded something else than the report's medians."""
    for event in events:
        median = report.medians[event.index]
        if (event.slot, event.value) != (report.slot, median):
            reason = f"index {event.index} got {event.value}, the median is {median}"
            raise ForgedRound(report.slot, reason)


def _find_recorded(chain: Chain, index: IndexOnChain, slot_or_hash: str) -> RoundLog:
    if slot_or_hash.startswith("0x"):
        logs = _logs_of_transaction(chain, index.address, slot_or_hash)
    elif slot_or_hash == NEWEST:
        logs = _logs_of_slot(chain, index, _newest_slot(chain, index))
    elif slot_or_hash.isdecimal() and len(slot_or_hash) <= _MOST_DIGITS:
        logs = _logs_of_slot(chain, index, int(slot_or_hash))
    else:
        raise NoSuchRound(slot_or_hash)
    if not logs:
        raise NoSuchRound(slot_or_hash)
    events = tuple(RoundRecorded.decode(log) for log in logs)
    return RoundLog(logs[0].tx_hash, logs[0].block_number, events)


def _logs_of_transaction(chain: Chain, contract: Address, tx_hash: str) -> list[Log]:
    wanted = parse_tx_hash(tx_hash)
    receipt = chain.receipt(wanted)
    if receipt is None:
        raise NoSuchRound(tx_hash)
    block = receipt.block_number
    topics = ((RoundRecorded.TOPIC,),)
    logs = chain.logs([contract], first=block, last=block, topics=topics)
    return [log for log in logs if log.tx_hash == wanted]


def _newest_slot(chain: Chain, index: IndexOnChain) -> int:
    contract = SpotIndex(chain, index.address)
    return max(contract.latest(number, block=Tag.LATEST).slot for number in range(len(index.names)))


def _logs_of_slot(chain: Chain, index: IndexOnChain, slot: int) -> list[Log]:
    topics = ((RoundRecorded.TOPIC,), (), (slot.to_bytes(32),))
    last = chain.head().number
    return list(chain.logs([index.address], first=index.first_block, last=last, topics=topics))


def submitted_bytes(chain: Chain, contract: Address, tx_hash: bytes, selector: bytes) -> bytes:
    """The one argument of a transaction's call to `submit`. Raises NoSuchRound, BadReport."""
    transaction = chain.transaction(tx_hash)
    if transaction is None or transaction.block_number is None:
        raise NoSuchRound("0x" + tx_hash.hex())
    data = transaction.data
    if transaction.to != contract or data[:4] != selector:
        raise BadReport("the transaction did not call SpotIndex.submit itself")
    try:
        packed = Bytes().decode(data[4:])
    except BadEncoding as bad:
        raise BadReport(str(bad)) from bad
    return packed


def parse_tx_hash(text: str) -> bytes:
    """The 32 bytes of a transaction's hash. Raises NoSuchRound."""
    try:
        tx_hash = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise NoSuchRound(text) from None
    if len(tx_hash) != _HASH_BYTES:
        raise NoSuchRound(text)
    return tx_hash


def reporters_of(
    epoch: int, history: Iterable[tuple[Log, ReportersChanged]], first_block: int
) -> ReportersChanged:
    """The reporter set of an epoch, from the log of its changes. Raises NoSuchRound.

    From the log and not from the state of that block, which most endpoints have forgotten.
    """
    for _, change in history:
        if change.epoch == epoch:
            return change
    raise NoSuchRound(f"of epoch {epoch}: its reporter set is older than block {first_block}")


def _statement(
    part: Part, report: Report, domain: Domain, index_set: bytes, reporters: ReportersChanged
) -> Statement:
    observation = Observation(
        index_set=index_set,
        epoch=reporters.epoch,
        slot=report.slot,
        flags=report.flags,
        values=part.values,
        method_hash=reporters.method_hash,
        evidence_root=part.evidence_root,
    )
    signed = SignedObservation(observation, Signature.of_compact(part.signature))
    signer = signed.reporter(domain)
    if signer != reporters.reporters[part.position]:
        raise ForgedRound(report.slot, f"position {part.position} was signed by {signer}")
    return Statement(part.position, signer, observation)
