"""Strategies that send more than a peer takes, in parts that it does take."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from oracle.protocol.batch.extent import MOST_BODY
from oracle.protocol.batch.manifest import ListedSection, Manifest
from oracle.protocol.batch.section import MOST_LINE, LinePrice, pack_section, section_name
from oracle.protocol.message.envelope import Envelope, MessageKind
from oracle.simulation.liar import Liar, Parcel

_LINES: Final = 220
_PIECES: Final = 3


class PiecewiseBatch(Liar):
    """A batch that no message holds, in pieces to f+1 nodes: these claim it and cannot serve it.

    So every leader proposes it, and who is asked for it sends what the others refuse.
    """

    packed: tuple[int, list[bytes]] = (0, [])
    """A slot and the messages with its batch."""

    def send(self, to: int, envelope: Envelope, now: float) -> Iterable[Parcel]:
        """In place of its batch one that is too large; it serves none."""
        if envelope.kind is not MessageKind.BATCH:
            return [Parcel(to, envelope.pack())]
        few = self.honest[: self.committee.bounds.attesters]
        if to not in few or envelope.signed.position != self.position:
            return []
        slot = envelope.signed.content.slot
        if self.packed[0] != slot:
            self.packed = slot, self._pieces(slot)
        return [Parcel(to, raw) for raw in self.packed[1]]

    def _pieces(self, slot: int) -> list[bytes]:
        sections = _long_sections(self.position)
        entries = tuple(
            ListedSection(f"long-{place:03}", slot, section_name(raw))
            for place, raw in enumerate(sections)
        )
        batch = self.signed(Manifest(slot, entries))
        size = -(-len(sections) // _PIECES)
        parts = [sections[place : place + size] for place in range(0, len(sections), size)]
        return [replace(batch, sections=part).pack() for part in parts]


@lru_cache(maxsize=64)
def _long_sections(salt: int) -> tuple[bytes, ...]:
    """Lists of more bytes together than a batch may have, each of which a peer reads."""
    found: list[bytes] = []
    while sum(map(len, found)) <= MOST_BODY:
        heads = (b"%d/%d/%03d/" % (salt, len(found), line) for line in range(_LINES))
        found.append(pack_section(LinePrice(head.ljust(MOST_LINE, b"x"), 1) for head in heads))
    return tuple(found)
