"""A round as it was submitted, read back from the chain."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pargrade.bindings.spot_index import ReportersChanged, RoundRecorded, SpotIndex
from pargrade.chain.abi import BadEncoding, Bytes
from pargrade.chain.hashing import Address
from pargrade.chain.keys import Signature
from pargrade.chain.log import Log
from pargrade.chain.rpc import Chain
from pargrade.chain.typed_data import Domain
from pargrade.deployment.index_on_chain import ChainConfig
from pargrade.errors import PargradeError
from pargrade.spot_index.observation import (
    Observation,
    SignedObservation,
    index_domain,
    index_set_of,
)
from pargrade.spot_index.report import BadReport, Part, Report


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
    """One round: where it is, what it made, and who said what."""

    tx_hash: bytes
    block: int
    slot: int
    values: tuple[int, ...]
    """Per index, 8 decimals; 0 where the round did not change it."""
    statements: tuple[Statement, ...]


def read_submission(chain: Chain, config: ChainConfig, slot_or_hash: str) -> Submission:
    """The round at a slot (unix seconds) or in a transaction (0x hash).

    Every signature is checked against the reporter set of its epoch, and the recorded values
    against the medians. Raises NoSuchRound, ForgedRound, BadReport.
    """
    index = SpotIndex(chain, config.spot_index)
    recorded = _recorded(chain, index, config.first_block, slot_or_hash)
    if not recorded:
        raise NoSuchRound(slot_or_hash)
    tx_hash, block, event = recorded[0]
    epochs = index.history(ReportersChanged, first=config.first_block, last=block)
    return submission_in(
        chain,
        config,
        tx_hash,
        block,
        tuple(each for _, _, each in recorded),
        reporters_of(event.epoch, epochs, config.first_block),
    )


def submission_in(
    chain: Chain,
    config: ChainConfig,
    tx_hash: bytes,
    block: int,
    recorded: tuple[RoundRecorded, ...],
    reporters: ReportersChanged,
) -> Submission:
    """The round of a transaction, given what it recorded and the reporter set of its epoch.

    Raises ForgedRound, BadReport.
    """
    report = Report.unpack(_calldata(chain, config.spot_index, tx_hash))
    domain = index_domain(chain.chain_id, config.spot_index)
    index_set = index_set_of(config.indices)
    statements = tuple(
        _statement(part, report, domain, index_set, reporters) for part in report.parts
    )
    values = {each.index: each.value for each in recorded}
    for each in recorded:
        median = report.medians[each.index]
        if (each.slot, each.value) != (report.slot, median):
            reason = f"index {each.index} got {each.value}, the median is {median}"
            raise ForgedRound(report.slot, reason)
    return Submission(
        tx_hash=tx_hash,
        block=block,
        slot=report.slot,
        values=tuple(values.get(number, 0) for number in range(len(config.indices))),
        statements=statements,
    )


def _recorded(
    chain: Chain, index: SpotIndex, first_block: int, slot_or_hash: str
) -> list[tuple[bytes, int, RoundRecorded]]:
    if slot_or_hash.startswith("0x"):
        receipt = _found(chain, "eth_getTransactionReceipt", slot_or_hash)
        first = last = int(receipt["blockNumber"], 16)
        slots: tuple[bytes, ...] = ()
    elif slot_or_hash.isdecimal() and int(slot_or_hash) < 1 << 40:
        first, last = first_block, chain.head().number
        slots = (int(slot_or_hash).to_bytes(32),)
    else:
        raise NoSuchRound(slot_or_hash)
    topics = ((RoundRecorded.TOPIC,), (), slots)
    logs = chain.logs([index.address], first=first, last=last, topics=topics)
    if slot_or_hash.startswith("0x"):
        logs = [log for log in logs if "0x" + log.tx_hash.hex() == slot_or_hash.lower()]
    return [(log.tx_hash, log.block_number, RoundRecorded.decode(log)) for log in logs]


def _calldata(chain: Chain, contract: Address, tx_hash: bytes) -> bytes:
    transaction = _found(chain, "eth_getTransactionByHash", "0x" + tx_hash.hex())
    data = bytes.fromhex(transaction["input"][2:])
    called = str(transaction["to"]).lower() == contract.lower()
    if not called or data[:4] != SpotIndex.SELECTORS["submit"]:
        raise BadReport("the transaction did not call SpotIndex.submit itself")
    try:
        packed = Bytes().decode(data[4:])
    except BadEncoding as bad:
        raise BadReport(str(bad)) from bad
    return packed


def _found(chain: Chain, method: str, tx_hash: str) -> dict[str, Any]:
    found = chain.request(method, tx_hash)
    if not isinstance(found, dict) or found.get("blockNumber") is None:
        raise NoSuchRound(tx_hash)
    return found


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
