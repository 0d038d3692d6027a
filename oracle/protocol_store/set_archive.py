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

A day that is too much for one file goes on in `batches-1.parquet`, `lists-1.parquet` and so on
(oracle.protocol_store.set_volumes): each pair has the sets of consecutive rounds, with all their
lists. The metadata `volumes` of `sets.parquet` names the first slot of each pair after the first.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from oracle.evidence.evidence import MOST_BYTES
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
from oracle.protocol_store.set_volumes import cut_volumes
from pargrade.canonical import FloatRefused, canonical_json, read_json
from pargrade.chain.hashing import BadAddress
from pargrade.clock import day_name, midnight_of

_SETS: Final = "sets.parquet"
_BATCHES, _LISTS = "batches", "lists"
_COMMITTEE: Final = "committee-"
_VOLUMES: Final = "volumes"
_DAMAGED: Final = (
    *UNREADABLE,
    *(KeyError, TypeError, AttributeError, OverflowError),
    *(UnreadableMessage, ImpossibleBounds, BadAddress, FloatRefused),
)


class SetArchive:
    """The archived input sets of one node."""

    def __init__(self, folder: Path, most_file_bytes: int = MOST_BYTES) -> None:
        """`folder` is the node's data folder. No longer file is written, as none is read."""
        self.folder = archive_of(folder)
        self._most_file_bytes = most_file_bytes

    def seal(self, day: DaySets) -> str:
        """Write the part of a day, unless it exists, and return its name.

        Raises OSError, and what the day's `set_of` and `committee_of` raise.
        """
        write_part(self.folder, day.name, partial(_fill, day, self._most_file_bytes))
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

    def read(self, part: Path, slot: int) -> InputSet | None:
        """The set of a slot in a part, or None when it is missing or damaged."""
        try:
            return _read_set(part, slot, self._most_file_bytes)
        except _DAMAGED:
            return None

    def parts(self, midnight: int | None = None) -> list[Path]:
        """The parts of the day that begins at a midnight (unix seconds), or all, newest first."""
        return parts_of(self.folder, "*" if midnight is None else day_name(midnight))


def _fill(day: DaySets, most_bytes: int, part: Path) -> None:
    """The files of a day. One volume of sets is in memory at a time."""
    rows: list[dict[str, Any]] = []
    starts: list[int] = []
    for number, volume in enumerate(cut_volumes(map(day.set_of, day.rounds), most_bytes)):
        _write_batches(volume.sets, part / _file(_BATCHES, number))
        _write_lists(volume.sections, part / _file(_LISTS, number))
        starts.append(volume.sets[0].slot)
        rows += map(_set_row, volume.sets)
    epochs = sorted({row["epoch"] for row in rows})
    stated = {
        f"{_COMMITTEE}{epoch}": canonical_json(day.committee_of(epoch).to_json()).decode()
        for epoch in epochs
    }
    if starts[1:]:
        stated[_VOLUMES] = ",".join(map(str, starts[1:]))
    schema = {"slot": pl.Int64, "epoch": pl.Int64, "root": pl.String, "proposal": pl.Binary}
    pl.DataFrame(rows, schema=schema).write_parquet(part / _SETS, metadata=stated)
    write_rounds(day.rounds, part / ROUNDS)


def _file(kind: str, number: int) -> str:
    """Of a volume; the first one is the only one on most days."""
    return f"{kind}-{number}.parquet" if number else f"{kind}.parquet"


def _set_row(found: InputSet) -> dict[str, Any]:
    return {
        "slot": found.slot,
        "epoch": found.epoch,
        "root": found.root.hex(),
        "proposal": pack_message(found.epoch, found.proposal),
    }


def _write_batches(sets: Iterable[InputSet], path: Path) -> None:
    rows = [
        {
            "slot": found.slot,
            "position": each.position,
            "root": each.content.root.hex(),
            "message": pack_message(found.epoch, each),
        }
        for found in sets
        for each in found.batches
    ]
    schema = {"slot": pl.Int64, "position": pl.Int64, "root": pl.String, "message": pl.Binary}
    pl.DataFrame(rows, schema=schema).write_parquet(path)


def _write_lists(sections: Mapping[bytes, bytes], path: Path) -> None:
    schema = {
        "section": pl.String,
        "place": pl.Int64,
        "line": pl.Binary,
        "price8": pl.Int64,
        "stated": pl.Binary,
    }
    columns: dict[str, list[Any]] = {name: [] for name in schema}
    section, place, line, price8, words = columns.values()
    for name, body in sorted(sections.items()):
        prices = read_section(body)
        section += [name.hex()] * len(prices)
        place += range(len(prices))
        line += [each.line for each in prices]
        price8 += [each.price8 for each in prices]
        words += [each.stated for each in prices]
    pl.DataFrame(columns, schema=schema).write_parquet(path)


def _read_set(part: Path, slot: int, most_bytes: int) -> InputSet | None:
    """The set of a slot in a part, or None when it is missing. Raises what _DAMAGED names."""
    rows = rows_where(part / _SETS, pl.col("slot") == slot, most_bytes)
    if len(rows) != 1:
        return None
    row = rows.row(0, named=True)
    require_small(part / _SETS, most_bytes)
    stated = pl.read_parquet_metadata(part / _SETS)
    kept = StoredCommittee.from_json(read_json(stated[f"{_COMMITTEE}{row['epoch']}"]))
    committee = kept.committee
    number = bisect_right(_read_starts(stated), slot)
    proposal = read_message(row["proposal"], MessageKind.PROPOSAL, committee)
    path = part / _file(_BATCHES, number)
    messages = rows_where(path, pl.col("slot") == slot, most_bytes).sort("position")
    batches = tuple(read_message(raw, MessageKind.BATCH, committee) for raw in messages["message"])
    names = {entry.section for each in batches for entry in each.content.entries}
    sections = _read_sections(part / _file(_LISTS, number), names, most_bytes)
    return InputSet(row["epoch"], proposal, batches, sections)


def _read_starts(stated: Mapping[str, str]) -> Sequence[int]:
    """First slots of the volumes after the first."""
    return [int(each) for each in stated.get(_VOLUMES, "").split(",") if each]


def _read_sections(path: Path, names: Iterable[bytes], most_bytes: int) -> dict[bytes, bytes]:
    """Sections by name. Raises ValueError where one is missing or another one is in its place."""
    wanted = {name.hex(): name for name in names}
    lines: dict[bytes, list[LinePrice]] = {name: [] for name in wanted.values()}
    rows = rows_where(path, pl.col("section").is_in(list(wanted)), most_bytes)
    for row in rows.sort("section", "place").iter_rows(named=True):
        price = LinePrice(row["line"], row["price8"], row["stated"])
        lines[wanted[row["section"]]].append(price)
    found = {name: pack_section(prices) for name, prices in lines.items()}
    for name, body in found.items():
        if section_name(body) != name:
            raise ValueError(f"section {name.hex()} is not what it was")
    return found
