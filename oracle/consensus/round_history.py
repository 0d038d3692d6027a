"""Every round of an index as its chain recorded it, with what was found out about it later.

Nothing is restated: a row is the round's, for ever. What changes is its revision, which counts what
was proven about the round afterwards, and its mark, which says what.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pargrade.bindings.spot_index import EquivocationProven, SpotIndex
from pargrade.chain.block import BlockStamp
from pargrade.chain.log import Log
from pargrade.deployment.front import read_phases
from pargrade.deployment.recorded_round import RecordedRound, read_rounds_and_proofs
from pargrade.deployment.series_state import spot_index_of
from pargrade.deployment.session import Session
from pargrade.errors import PargradeError
from pargrade.text import moment
from pargrade.units import Price


class RoundMark(StrEnum):
    """What is known of a round beside its value."""

    RECORDED = "recorded"
    """As the chain took it; nothing was proven against it."""
    CONTESTED = "contested"
    """A reporter is proven to have signed two contents for its slot: see RUNBOOK."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One round of one index."""

    index: str
    slot: int
    """Unix seconds."""
    value8: int
    """USD per SCU, 8 decimals."""
    signers: int
    epoch: int
    """Of the reporter set."""
    block: int
    tx_hash: bytes
    revision: int
    """How many proofs there are against reporters at this slot; the value never changes."""
    mark: RoundMark

    def to_json(self) -> dict[str, Any]:
        """The row as JSON values, in the order of COLUMNS."""
        return {
            "index": self.index,
            "slot": self.slot,
            "time": moment(self.slot),
            "value8": str(self.value8),
            "usd_per_scu": Price(self.value8).text(),
            "signers": self.signers,
            "epoch": self.epoch,
            "block": self.block,
            "tx_hash": "0x" + self.tx_hash.hex(),
            "revision": self.revision,
            "mark": self.mark.value,
        }


class NoSuchIndex(PargradeError):
    """A name that is none of a contract's indices."""

    def __init__(self, index: str, names: Sequence[str]) -> None:
        self.index = index
        self.hint = f"It has {', '.join(names)}."
        super().__init__(f"the chain has no index {index!r}")


HistoryLog = tuple[Log, RecordedRound | EquivocationProven]

COLUMNS: Final = (
    *("index", "slot", "time", "value8", "usd_per_scu", "signers", "epoch", "block"),
    *("tx_hash", "revision", "mark"),
)
CSV_HEADER: Final = ",".join(COLUMNS) + "\r\n"


def read_history(
    session: Session, block: BlockStamp, since: int, until: int, indices: Sequence[str] = ()
) -> tuple[HistoryRow, ...]:
    """The rounds whose slot is in [since, until), by slot and then by the contract's order.

    Where several indices answered in turn, each has the rounds of its own phase here. `indices` are
    names, none for all. Raises NoSuchIndex, ChainError.
    """
    names = spot_index_of(session).index_names(block=block)
    require_known(indices, names)
    found: list[HistoryRow] = []
    for phase in read_phases(session.chain, session.deployment, block):
        first, end = max(since, phase.start), min(until, phase.end)
        if first < end:
            contract = SpotIndex(session.chain, phase.index)
            logs = read_logs(contract, session.deployment.block, block.number)
            found += (row for row in rows_of(logs, names) if first <= row.slot < end)
    return tuple(row for row in found if not indices or row.index in indices)


def require_known(indices: Sequence[str], names: Sequence[str]) -> None:
    """Raises NoSuchIndex for an index that is not among the contract's."""
    for index in indices:
        if index not in names:
            raise NoSuchIndex(index, names)


def read_logs(contract: SpotIndex, first: int, last: int) -> list[HistoryLog]:
    """Rounds and proofs in some blocks, both ends included. Raises ChainError."""
    return read_rounds_and_proofs(contract, first, last)


def rows_of(logs: Iterable[HistoryLog], names: Sequence[str]) -> tuple[HistoryRow, ...]:
    """The rounds among logs, by slot and then by the contract's order of indices."""
    logs = list(logs)
    proofs = count_proofs(logs)
    rows: list[tuple[int, int, HistoryRow]] = []
    for log, event in logs:
        if isinstance(event, RecordedRound):
            row = row_of(log, event, names, proofs[event.epoch, event.slot])
            rows.append((event.slot, event.index, row))
    return tuple(row for _, _, row in sorted(rows, key=lambda each: each[:2]))


def count_proofs(logs: Iterable[HistoryLog]) -> Counter[tuple[int, int]]:
    """How many proofs of two contents there are, by epoch and slot."""
    return Counter(
        (event.epoch, event.slot) for _, event in logs if isinstance(event, EquivocationProven)
    )


def row_of(log: Log, event: RecordedRound, names: Sequence[str], revision: int) -> HistoryRow:
    """The row of a round of which so many proofs are known."""
    return HistoryRow(
        # One that was appended later goes by its number until it is named.
        index=names[event.index] if event.index < len(names) else str(event.index),
        slot=event.slot,
        value8=event.value,
        signers=event.signers.bit_count(),
        epoch=event.epoch,
        block=log.block_number,
        tx_hash=log.tx_hash,
        revision=revision,
        mark=RoundMark.CONTESTED if revision else RoundMark.RECORDED,
    )


def csv_text(rows: Sequence[HistoryRow]) -> str:
    """The rows as CSV (RFC 4180) with a header."""
    return CSV_HEADER + "".join(csv_line(row.to_json()) for row in rows)


def csv_line(values: Mapping[str, Any]) -> str:
    """A row's JSON values as a line of CSV with its end."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow([values[name] for name in COLUMNS])
    return text.getvalue()


def parquet_bytes(rows: Sequence[HistoryRow]) -> bytes:
    """The rows as a Parquet file; value8 is an integer there."""
    return parquet_of_rows([row.to_json() for row in rows])


def parquet_of_rows(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The same of rows as JSON values."""
    import polars as pl

    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for row in rows:
        for name, value in row.items():
            columns[name].append(int(value) if name == "value8" else value)
    integers = {"slot", "value8", "signers", "epoch", "block", "revision"}
    schema = {name: pl.Int64 if name in integers else pl.String for name in COLUMNS}
    packed = io.BytesIO()
    pl.DataFrame(columns, schema).write_parquet(packed)
    return packed.getvalue()
