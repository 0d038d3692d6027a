"""The bodies of batches that this node holds: sections by content, kept while a slot needs them."""

from collections.abc import Iterable, Iterator, Set
from typing import Final

from oracle.protocol.batch.extent import find_excess
from oracle.protocol.batch.manifest import Manifest
from oracle.protocol.batch.section import read_section, section_name
from oracle.protocol.wire.reader import UnreadableMessage

KEPT_SLOTS: Final = 4
"""Slots of a node whose sections are kept: its next batch names most of them again."""


class Shelf:
    """Sections of every node. Each node's are counted for itself, so none can crowd another out."""

    def __init__(self) -> None:
        self._sections: dict[bytes, bytes] = {}
        self._users: dict[bytes, set[tuple[int, int]]] = {}
        self._slots: dict[int, list[int]] = {}
        self._named: dict[tuple[int, int], set[bytes]] = {}

    def put(self, position: int, manifest: Manifest, sections: Iterable[bytes]) -> bool:
        """Keep sections of a node's batch. Returns whether any was new.

        Raises UnreadableMessage for a section that the manifest does not name, or that is none, and
        where the batch is too large by what came before and what is in other batches.
        """
        named = {entry.section for entry in manifest.entries}
        bodies = {section_name(raw): raw for raw in sections}
        if not bodies.keys() <= named:
            raise UnreadableMessage("batch", "a section that it does not name")
        held = bodies | {name: self._sections[name] for name in named & self._sections.keys()}
        if excess := find_excess(manifest, held):
            raise UnreadableMessage("batch", excess)
        for raw in bodies.values():
            read_section(raw)
        before = len(self._sections)
        self._claim((position, manifest.slot), held.keys())
        for name, raw in held.items():
            self._sections.setdefault(name, raw)
        return len(self._sections) > before

    def holds(self, manifest: Manifest) -> bool:
        """Whether every section of a batch is here, and it is not too large for its peers.

        Its last sections may have come with another node's batch.
        """
        return all(
            entry.section in self._sections for entry in manifest.entries
        ) and not find_excess(manifest, self._sections)

    def section(self, name: bytes) -> bytes:
        """A section that is here."""
        return self._sections[name]

    def sections_of(self, manifest: Manifest) -> Iterator[bytes]:
        """The bodies of a batch that is held, each once."""
        names = dict.fromkeys(entry.section for entry in manifest.entries)
        return (self._sections[name] for name in names)

    def __len__(self) -> int:
        return len(self._sections)

    def _claim(self, user: tuple[int, int], names: Set[bytes]) -> None:
        position, slot = user
        self._named.setdefault(user, set()).update(names)
        for name in names:
            self._users.setdefault(name, set()).add(user)
        slots = self._slots.setdefault(position, [])
        if slot not in slots:
            slots.append(slot)
            slots.sort()
        while len(slots) > KEPT_SLOTS:
            self._drop((position, slots.pop(0)))

    def _drop(self, user: tuple[int, int]) -> None:
        for name in self._named.pop(user, set()):
            users = self._users[name]
            users.discard(user)
            if not users:
                del self._users[name]
                self._sections.pop(name, None)
