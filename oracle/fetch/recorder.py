"""Raw answers kept in files, as they came: what a later test of a feed reads."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pargrade.chain.hashing import keccak

_ENDINGS: Final = {"{": "json", "[": "json", "P": "zip"}
"""By the first character of an answer; others are kept as text."""


@dataclass
class AnswerFolder:
    """A folder that takes the answers of one visit, numbered, each with a note of its origin."""

    folder: Path
    venue: str
    asked_at: int
    """Unix seconds."""
    written: list[Path] = field(default_factory=list)

    def __call__(self, url: str, body: bytes) -> None:
        """Keeps an answer. The key of a venue is in a header, and is in neither file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ending = _ENDINGS.get(body[:64].decode("latin-1").lstrip()[:1], "txt")
        name = f"{self.venue}-{self.asked_at}-{len(self.written) + 1}"
        path = self.folder / f"{name}.{ending}"
        path.write_bytes(body)
        about = {
            "venue": self.venue,
            "url": url,
            "asked_at": self.asked_at,
            "bytes": len(body),
            "keccak256": "0x" + keccak(body).hex(),
        }
        note = self.folder / f"{name}.about.json"
        note.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        self.written.append(path)
