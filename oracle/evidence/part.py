"""The content of one part of the archive, and its name."""

from dataclasses import dataclass, field
from typing import Any, Final

from pargrade.chain.hashing import keccak
from pargrade.clock import day_name

FOLDER: Final = "evidence"
"""The archive, beside the journal."""


@dataclass
class PartContent:
    """The content of one part. Roots are raw bytes, lines and headers canonical JSON."""

    midnight: int
    """The start of its UTC day, unix seconds."""
    observations: list[dict[str, Any]] = field(default_factory=list)
    """For each root, as_of, header, and the roots of the sections links, anchor and quotes."""
    links: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    quotes: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    documents: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Folder of the part, made from the roots in it."""
        roots = b"".join(sorted(each["root"] for each in self.observations))
        return f"day={day_name(self.midnight)}/part-{keccak(roots).hex()[:16]}"
