"""What goes into one part of the archive, and what its folder is called."""

from dataclasses import dataclass, field
from typing import Any, Final

from pargrade.chain.hashing import keccak
from pargrade.clock import day_name

FOLDER: Final = "evidence"
"""The archive, beside the journal."""


@dataclass
class Sealable:
    """What goes into one part. Roots are raw bytes, lines and headers canonical JSON."""

    midnight: int
    """Of its UTC day, unix seconds."""
    observations: list[dict[str, Any]] = field(default_factory=list)
    """root, as_of, header, and the roots of the sections links, anchor and quotes."""
    links: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    quotes: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)
    documents: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the part, from the roots in it."""
        roots = b"".join(sorted(each["root"] for each in self.observations))
        return f"day={day_name(self.midnight)}/part-{keccak(roots).hex()[:16]}"
