"""The archive of input sets: Parquet, a folder for every UTC day, beside `inputs.sqlite`.

    evidence/day=2026-03-04/part-5b0e…/sets.parquet     one row per round: the leader's message
                                       batches.parquet  one row per round and member: its message
                                       lists.parquet    one row per line of a provider's list
                                       rounds.csv       slot and input root of every round

A part holds the sets of all rounds of its day and needs no other part. Its name begins the day's
root (oracle.protocol_store.day_sets). Nothing in it depends on who wrote it, so members that agreed
on the same sets have the same files. The metadata of `sets.parquet` holds the committees by epoch.
Like all parts it is complete or absent (oracle.evidence.parquet_part), and a forked process uses it
through oracle.member.set_archivist.
"""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from oracle.evidence.parquet_part import UNREADABLE, rows_where
from oracle.evidence.part_folder import parts_of, require_small, write_part
from oracle.protocol.batch.section import LinePrice, pack_section, read_section, section_name
from oracle.protocol.committee.bounds import ImpossibleBounds
from oracle.protocol.message.envelope import MessageKind
from oracle.protocol.message.signed_message import pack_message, read_message
from oracle.protocol.report.input_set import InputSet
from oracle.protocol.wire.reader import UnreadableMessage
from oracle.protocol_store.committee_text import StoredCommittee
from oracle.protocol_store.day_sets import ROUNDS, DaySets, archive_of, write_rounds
from pargrade.canonical import FloatRefused, canonical_json, read_json
from pargrade.chain.hashing import BadAddress
from pargrade.clock import day_name, midnight_of

_SETS, _BATCHES, _LISTS = (f"{name}.parquet" for name in ("sets", "batches", "lists"))
_COMMITTEE: Final = "committee-"
_DAMAGED: Final = (
    *UNREADABLE,
    *(KeyError, TypeError, AttributeError, OverflowError),
    *(UnreadableMessage, ImpossibleBounds, BadAddress, FloatRefused),
)


class SetArchive:
    """The archived input sets of one node."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the node's data folder."""
        self.folder = archive_of(folder)

    def seal(self, day: DaySets) -> str:
        """Write the part of a day, unless it exists, and return its name. Raises OSError."""
        files: dict[str, Callable[[Path], None]] = {
            _SETS: partial(_write_sets, day),
            _BATCHES: partial(_write_batches, day),
            _LISTS: partial(_write_lists, day),
            ROUNDS: partial(write_rounds, day.rounds),
        }
        write_part(self.folder, day.name, files)
        return day.name

    def input_set(self, root: bytes, slot: int) -> InputSet | None:
        """The set of a slot with a root; None where it is not here, or is damaged.

        Signatures are not checked: `require_whole` does.
        """
        for part in self.parts(midnight_of(slot)):
            found = self.read(part, slot)
            if found is not None and found.root == root:
                return found
        return None

    @staticmethod
    def read(part: Path, slot: int) -> InputSet | None:
        """The set of a slot in a part, or None when it is missing or damaged."""
        return _read_set(part, slot)

    def parts(self, midnight: int | None = None) -> list[Path]:
        """The parts of the day that begins at a midnight (unix seconds), or all, newest first."""
        return parts_of(self.folder, "*" if midnight is None else day_name(midnight))


def _write_sets(day: DaySets, path: Path) -> None:
    rows = [
        {
            "slot": each.slot,
            "epoch": each.epoch,
            "root": each.root.hex(),
            "proposal": pack_message(each.epoch, each.proposal),
        }
        for each in day.sets
    ]
    committees = {
        f"{_COMMITTEE}{epoch}": canonical_json(stored.to_json()).decode()
        for epoch, stored in sorted(day.committees.items())
    }
    schema = {"slot": pl.Int64, "epoch": pl.Int64, "root": pl.String, "proposal": pl.Binary}
    pl.DataFrame(rows, schema=schema).write_parquet(path, metadata=committees)


def _write_batches(day: DaySets, path: Path) -> None:
    rows = [
        {
            "slot": found.slot,
            "position": each.position,
            "root": each.content.root.hex(),
            "message": pack_message(found.epoch, each),
        }
        for found in day.sets
        for each in found.batches
    ]
    schema = {"slot": pl.Int64, "position": pl.Int64, "root": pl.String, "message": pl.Binary}
    pl.DataFrame(rows, schema=schema).write_parquet(path)


def _write_lists(day: DaySets, path: Path) -> None:
    sections = {name: body for found in day.sets for name, body in found.sections.items()}
    rows = [
        {"section": name.hex(), "place": place, **price._asdict()}
        for name, body in sorted(sections.items())
        for place, price in enumerate(read_section(body))
    ]
    schema = {
        "section": pl.String,
        "place": pl.Int64,
        "line": pl.Binary,
        "price8": pl.Int64,
        "stated": pl.Binary,
    }
    pl.DataFrame(rows, schema=schema).write_parquet(path)


def _read_set(part: Path, slot: int) -> InputSet | None:
    """The set of a slot in a part, or None when it is missing or damaged."""
    try:
        rows = rows_where(part / _SETS, pl.col("slot") == slot)
        if len(rows) != 1:
            return None
        row = rows.row(0, named=True)
        committee = _read_committee(part, row["epoch"]).committee
        proposal = read_message(row["proposal"], MessageKind.PROPOSAL, committee)
        messages = rows_where(part / _BATCHES, pl.col("slot") == slot).sort("position")
        batches = tuple(
            read_message(raw, MessageKind.BATCH, committee) for raw in messages["message"]
        )
        names = {entry.section for each in batches for entry in each.content.entries}
        return InputSet(row["epoch"], proposal, batches, _read_sections(part / _LISTS, names))
    except _DAMAGED:
        return None


def _read_committee(part: Path, epoch: int) -> StoredCommittee:
    require_small(part / _SETS)
    stated = pl.read_parquet_metadata(part / _SETS)[f"{_COMMITTEE}{epoch}"]
    return StoredCommittee.from_json(read_json(stated))


def _read_sections(path: Path, names: Iterable[bytes]) -> dict[bytes, bytes]:
    """Sections by name. Raises ValueError where one is missing or another one is in its place."""
    wanted = {name.hex(): name for name in names}
    lines: dict[bytes, list[LinePrice]] = {name: [] for name in wanted.values()}
    rows = rows_where(path, pl.col("section").is_in(list(wanted))).sort("section", "place")
    for row in rows.iter_rows(named=True):
        price = LinePrice(row["line"], row["price8"], row["stated"])
        lines[wanted[row["section"]]].append(price)
    found = {name: pack_section(prices) for name, prices in lines.items()}
    for name, body in found.items():
        if section_name(body) != name:
            raise ValueError(f"section {name.hex()} is not what it was")
    return found
