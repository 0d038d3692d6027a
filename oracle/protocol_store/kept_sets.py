"""All input sets that a node keeps: those of the last days in its store, the others archived."""

from typing import Protocol

from oracle.protocol.report.input_set import InputSet


class SetSource(Protocol):
    """Anything that has input sets."""

    def input_set(self, root: bytes, slot: int) -> InputSet | None:
        """The set of a slot with a root, or None. Raises DatabaseDown, UnreadableMessage."""
        ...


class KeptSets:
    """Looks into one source after the other."""

    def __init__(self, *sources: SetSource) -> None:
        """A store comes before its archive: what is archived leaves the store after that."""
        self._sources = sources

    def input_set(self, root: bytes, slot: int) -> InputSet | None:
        """The set of a slot with a root, or None. Raises DatabaseDown, UnreadableMessage."""
        for source in self._sources:
            found = source.input_set(root, slot)
            if found is not None:
                return found
        return None
