"""The newest successful fetch of every provider: what a batch is cut from."""

from collections.abc import Mapping
from dataclasses import dataclass

from oracle.protocol.batch.manifest import ListedSection, Manifest
from oracle.protocol.batch.section import section_name


@dataclass(frozen=True, slots=True)
class Fetched:
    """A provider's list and when it was fetched."""

    fetched_at: int
    """Unix seconds."""
    section: bytes


Table = Mapping[str, Fetched]
"""By provider."""


def cut_batch(table: Table, slot: int) -> tuple[Manifest, dict[bytes, bytes]]:
    """The batch of a table for a slot, and its sections by name.

    What was fetched after the slot is left out: it is for the next.
    """
    entries, sections = [], {}
    for provider in sorted(table):
        fetched = table[provider]
        if fetched.fetched_at > slot:
            continue
        name = section_name(fetched.section)
        sections[name] = fetched.section
        entries.append(ListedSection(provider, fetched.fetched_at, name))
    return Manifest(slot, tuple(entries)), sections
