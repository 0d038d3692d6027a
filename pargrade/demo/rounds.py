"""The rounds of an index as the chain recorded them, with every observation behind each."""

from dataclasses import dataclass

from pargrade.bindings.spot_index import RoundRecorded, SpotIndex
from pargrade.chain.abi import Bytes
from pargrade.chain.rpc import Chain
from pargrade.spot_index.report import Report


@dataclass(frozen=True, slots=True)
class RecordedRound:
    """One round. Values are USD per SCU with 8 decimals."""

    slot: int
    value: int
    observed: dict[int, int]
    """By the reporter's position in the set."""


def recorded_rounds(chain: Chain, index: SpotIndex, first: int, last: int) -> list[RecordedRound]:
    """Rounds of index 0 in blocks first to last, from the log and the calldata of submissions."""
    rounds = []
    for log, event in index.history(RoundRecorded, first=first, last=last):
        if event.index == 0:
            sent = chain.transaction(log.tx_hash)
            assert sent is not None, "a transaction whose log was read"
            report = Report.unpack(_argument(sent.data))
            observed = {part.position: part.values[0] for part in report.parts if part.values[0]}
            rounds.append(RecordedRound(event.slot, event.value, observed))
    return rounds


def _argument(calldata: bytes) -> bytes:
    """The `bytes` of a call of submit(bytes)."""
    return Bytes().decode(calldata[4:])
