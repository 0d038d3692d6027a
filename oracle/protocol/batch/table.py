"""The newest successful fetch of every provider: what a batch is cut from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from oracle.protocol.batch.extent import MOST_BATCH_LINES, MOST_BODY
from oracle.protocol.batch.manifest import MOST_PROVIDERS, ListedSection, Manifest
from oracle.protocol.batch.section import count_lines, section_name


@dataclass(frozen=True, slots=True)
class Fetched:
    """A provider's list and when it was fetched."""

    fetched_at: int
    """Unix seconds."""
    section: bytes


Table = Mapping[str, Fetched]
"""By provider."""


class TableCut(NamedTuple):
    """A table as one batch can take it."""

    table: Table
    left_out: tuple[str, ...]
    """Providers whose lists have no room, ascending."""


def fit_table(table: Table) -> TableCut:
    """The lists that fit into one batch, shortest first.

    So one venue's long list takes no other's place, and nodes that have the same lists leave out
    the same ones.
    """
    fitting: dict[str, Fetched] = {}
    size = lines = 0
    for provider in sorted(table, key=lambda name: (len(table[name].section), name)):
        raw = table[provider].section
        grown, longer = size + len(raw), lines + count_lines(raw)
        if grown <= MOST_BODY and longer <= MOST_BATCH_LINES and len(fitting) < MOST_PROVIDERS:
            fitting[provider] = table[provider]
            size, lines = grown, longer
    return TableCut(fitting, tuple(sorted(table.keys() - fitting.keys())))


def cut_batch(table: Table, slot: int) -> tuple[Manifest, dict[bytes, bytes]]:
    """The batch of a table for a slot, and its sections by name.

    What was fetched after the slot is left out, as it is for the next; so is what has no room.
    """
    entries, sections = [], {}
    seen = {name: each for name, each in table.items() if each.fetched_at <= slot}
    for provider, fetched in sorted(fit_table(seen).table.items()):
        name = section_name(fetched.section)
        sections[name] = fetched.section
        entries.append(ListedSection(provider, fetched.fetched_at, name))
    return Manifest(slot, tuple(entries)), sections
